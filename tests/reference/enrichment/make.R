# Reference values of gene set scores per sample. Run: Rscript make.R
suppressMessages(library(GSVA))
set.seed(6)
y <- matrix(rnorm(300 * 14, 7, 2), 300)
y[1:20, 8:14] <- y[1:20, 8:14] + 2
dimnames(y) <- list(sprintf("G%03d", 1:300), sprintf("S%02d", 1:14))
y <- round(y, 6)
sets <- list(SHIFTED = rownames(y)[1:20])
for (i in 1:7) sets[[sprintf("RANDOM%d", i)]] <- sample(rownames(y), 6 * i)
write.csv(data.frame(gene = rownames(y), y), "values.csv", row.names = FALSE)
writeLines(sapply(names(sets), function(n) paste(c(n, "simulated", sets[[n]]), collapse = "\t")), "sets.gmt")
save_scores <- function(found, name) write.csv(data.frame(set = rownames(found), found), name, row.names = FALSE)
save_scores(gsva(y, sets, method = "gsva", kcdf = "Gaussian", mx.diff = TRUE, verbose = FALSE), "gsva.csv")
save_scores(gsva(y, sets, method = "ssgsea", ssgsea.norm = FALSE, verbose = FALSE), "ssgsea.csv")
