# Consensus clustering by ConsensusClusterPlus of a simulated matrix, the 500 most variable genes of TCGA-UVM
# and radiomic features of soft-tissue sarcomas (sts_features.csv, which stays as it is).
# Rscript make.R FOLDER_OF_REAL_DATA
suppressMessages({library(ConsensusClusterPlus); library(cluster)})
folder <- commandArgs(TRUE)[1]
set.seed(20)
n <- 60; p <- 50
simulated <- matrix(rnorm(n * p), n, p)
simulated[1:25, 1:12] <- simulated[1:25, 1:12] + 1.5
simulated[26:45, 13:24] <- simulated[26:45, 13:24] + 1.5
simulated <- round(simulated, 3)
write.table(simulated, "simulated.csv", sep = ",", row.names = FALSE, col.names = FALSE)
uvm <- read.csv(gzfile(file.path(folder, "tcga_rna", "UVM_rsem_normalized.csv.gz")), row.names = 1, check.names = FALSE)
uvm <- log2(as.matrix(uvm) + 1)
top <- order(-apply(uvm, 1, var))[1:500]
uvm <- uvm[top, ]
sets <- list(simulated = t(simulated), uvm = uvm, sts = t(as.matrix(read.csv("sts_features.csv"))))
runs <- list(hc = c("hc", "pearson"), km = c("km", "euclidean"), pam = c("pam", "pearson"))
classes <- data.frame()
for (set in names(sets)) {
  upper <- data.frame(row.names = seq_len(choose(ncol(sets[[set]]), 2)))
  for (run in names(runs)) {
    pdf(NULL)
    res <- suppressMessages(ConsensusClusterPlus(sets[[set]], maxK = 4, reps = 1000, pItem = 0.8, pFeature = 1,
      clusterAlg = runs[[run]][1], distance = runs[[run]][2], innerLinkage = "average", finalLinkage = "average",
      seed = 1, plot = NULL))
    dev.off()
    for (k in 2:4) {
      m <- res[[k]]$consensusMatrix
      # Row by row above the diagonal, in thousandths.
      upper[[paste(run, k, sep = "_")]] <- round(1000 * t(m)[lower.tri(m)])
      classes <- rbind(classes, data.frame(set = set, run = run, k = k, groups = paste(res[[k]]$consensusClass, collapse = "")))
    }
  }
  write.csv(upper, paste0(set, "_consensus.csv"), row.names = FALSE, quote = FALSE)
}
write.csv(classes, "classes.csv", row.names = FALSE, quote = FALSE)
write.csv(data.frame(gene = rownames(uvm)), "uvm_genes.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "ConsensusClusterPlus", as.character(packageVersion("ConsensusClusterPlus")),
    "cluster", as.character(packageVersion("cluster")), "\n")
