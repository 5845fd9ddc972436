# Reference values of DESeq2 and of limma with a mean-variance trend. Run: Rscript make.R
suppressMessages({library(DESeq2); library(limma)})
set.seed(5)
n_genes <- 1200
group <- factor(rep(c("a", "b"), each = 20), levels = c("b", "a"))
batch <- factor(c(rep(c("u", "v"), c(8, 12)), rep(c("u", "v"), c(12, 8))))
age <- round(rnorm(40, 60, 9), 1)
depth <- exp(rnorm(40, 0, 0.35))
base <- exp(rnorm(n_genes, 4.5, 1.7))
dispersion <- pmin((0.08 + 3 / base) * exp(rnorm(n_genes, 0, 0.35)), 8)
change <- ifelse(seq_len(n_genes) <= 240, rnorm(n_genes, 0, 1.2), 0)
shift <- rnorm(n_genes, 0, 0.5)
mu <- base * exp(outer(log(2) * change, group == "a") + outer(shift, batch == "v"))
mu <- sweep(mu, 2, depth, "*")
counts <- matrix(rnbinom(length(mu), mu = mu, size = 1 / dispersion), n_genes)
for (i in 601:612) counts[i, i - 595] <- counts[i, i - 595] * 60L + 2000L # outliers, for Cook's distance
dimnames(counts) <- list(sprintf("G%04d", seq_len(n_genes)), sprintf("S%02d", 1:40))
samples <- data.frame(sample = colnames(counts), group = group, batch = batch, age = age)
write.csv(samples, "samples.csv", row.names = FALSE)
write.csv(data.frame(gene = rownames(counts), counts), gzfile("counts.csv.gz"), row.names = FALSE)

deseq <- function(design) {
  dds <- DESeq(DESeqDataSetFromMatrix(counts, samples, design), quiet = TRUE)
  found <- results(dds, contrast = c("group", "a", "b"), alpha = 0.05)
  list(dds = dds, table = data.frame(
    gene = rownames(counts), base_mean = found$baseMean, log2_fold_change = found$log2FoldChange,
    se = found$lfcSE, statistic = found$stat, p_value = found$pvalue, p_adjusted = found$padj,
    dispersion_trend = mcols(dds)$dispFit, dispersion = dispersions(dds)))
}
plain <- deseq(~ group)
adjusted <- deseq(~ batch + group)
write.csv(plain$table, gzfile("deseq2.csv.gz"), row.names = FALSE)
write.csv(adjusted$table, gzfile("deseq2_batch.csv.gz"), row.names = FALSE)
write.csv(data.frame(sample = colnames(counts), size_factor = sizeFactors(plain$dds)), "size_factors.csv",
          row.names = FALSE)

y <- log2(sweep(counts, 2, colSums(counts), "/") * 1e6 + 1)
moderated <- function(design, name) {
  fit <- eBayes(lmFit(y, design), trend = TRUE)
  data.frame(gene = rownames(y), log2_fold_change = fit$coefficients[, "groupa"], statistic = fit$t[, "groupa"],
             df = fit$df.total, p_value = fit$p.value[, "groupa"], s2_post = fit$s2.post, s2_prior = fit$s2.prior,
             df_prior = fit$df.prior)
}
write.csv(moderated(model.matrix(~ group)), gzfile("limma.csv.gz"), row.names = FALSE)
write.csv(moderated(model.matrix(~ batch + age + group)), gzfile("limma_covariates.csv.gz"), row.names = FALSE)
few <- y[1:20, ]
fit <- eBayes(lmFit(few, model.matrix(~ group)), trend = TRUE)
write.csv(data.frame(gene = rownames(few), statistic = fit$t[, 2], p_value = fit$p.value[, 2]), "limma_20_genes.csv",
          row.names = FALSE)
wilcoxon <- sapply(1:300, function(i) suppressWarnings(wilcox.test(y[i, group == "a"], y[i, group == "b"])$p.value))
write.csv(data.frame(gene = rownames(y)[1:300], p_value = wilcoxon), "wilcoxon.csv", row.names = FALSE)
