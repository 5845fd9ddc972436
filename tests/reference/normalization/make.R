# Makes the reference values of counts' normalisation: Rscript make.R, in this folder.
suppressMessages({library(edgeR); library(DESeq2)})
set.seed(11)
genes <- 1800; samples <- 24; train <- 1:16
mu <- c(rgamma(1400, shape = 0.6, scale = 900) + 8, rgamma(350, shape = 0.5, scale = 6), rep(0.02, 50))
disp <- (0.08 + 3 / pmax(mu, 1)) * exp(rnorm(genes, sd = 0.5))
depth <- exp(rnorm(samples, sd = 0.5))
counts <- matrix(rnbinom(genes * samples, mu = outer(mu, depth), size = rep(1 / disp, samples)), nrow = genes)
# A third of the samples make much more of some genes, which counts per million do not correct for.
counts[1:60, 1:8] <- counts[1:60, 1:8] * 12L
dimnames(counts) <- list(sprintf("g%04d", 1:genes), sprintf("s%02d", 1:samples))
write.csv(counts, gzfile("counts.csv.gz"))
digits <- function(x) signif(x, 15)
some <- 1:250 * 7

y <- calcNormFactors(DGEList(counts), method = "TMM")
train.y <- calcNormFactors(DGEList(counts[, train]), method = "TMM")
sf <- estimateSizeFactorsForMatrix(counts)
geo <- exp(rowMeans(log(counts[, train])))
sf.train <- estimateSizeFactorsForMatrix(counts[, train])
dds <- DESeqDataSetFromMatrix(counts, data.frame(row.names = colnames(counts), a = factor(rep(1, samples))), ~ 1)
fitted <- estimateSizeFactors(dds)
# The trend that vst() uses: of 1,000 genes along the mean; and that of all genes.
taught <- function(d, n = 1000) {
  d <- estimateSizeFactors(d); m <- rowMeans(counts(d, normalized = TRUE))
  if (is.finite(n)) { o <- which(m > 5)[order(m[m > 5])]; d <- d[o[round(seq(1, length(o), length = n))], ] }
  dispersionFunction(estimateDispersionsFit(suppressMessages(estimateDispersionsGeneEst(d))))
}
vs <- vst(dds, blind = TRUE)
part <- taught(dds[, train])
trend <- attr(taught(dds), "coefficients")
trend.full <- attr(taught(dds, Inf), "coefficients")
trend.train <- attr(part, "coefficients")
again <- fitted; dispersionFunction(again) <- taught(dds)
stopifnot(all.equal(assay(varianceStabilizingTransformation(again, blind = FALSE)), assay(vs)))
# The other samples by what the first ones taught: their geometric means and their trend.
ratio <- apply(counts, 2, function(k) exp(median((log(k) - log(geo))[is.finite(log(geo)) & k > 0])))
frozen <- dds; sizeFactors(frozen) <- ratio
dispersionFunction(frozen) <- part
frozen <- varianceStabilizingTransformation(frozen, blind = FALSE)

write.csv(data.frame(sample = colnames(counts), lib_size = y$samples$lib.size, tmm = digits(y$samples$norm.factors),
  tmm_train = digits(c(train.y$samples$norm.factors, rep(NA, samples - length(train)))),
  size_factor = digits(sf), size_factor_train = digits(c(sf.train, rep(NA, samples - length(train)))),
  size_factor_frozen = digits(ratio)), "samples.csv", row.names = FALSE)
write.csv(digits(cpm(y, log = TRUE, prior.count = 2)[some, ]), gzfile("log_cpm_tmm.csv.gz"))
write.csv(digits(assay(vs)[some, ]), gzfile("vst.csv.gz"))
write.csv(digits(assay(frozen)[some, ]), gzfile("vst_frozen.csv.gz"))
write.csv(data.frame(what = c("vst", "all_genes", "vst_training"), asympt_disp = digits(c(trend[1], trend.full[1], trend.train[1])),
  extra_pois = digits(c(trend[2], trend.full[2], trend.train[2]))), "trend.csv", row.names = FALSE)
group <- rep(c("a", "b"), c(7, samples - 7))
suppressMessages(suppressWarnings({
write.csv(data.frame(gene = rownames(counts), all = filterByExpr(counts), group7 = filterByExpr(counts, group = group),
  ten = filterByExpr(counts[, 1:9]), min_count_50 = filterByExpr(counts, min.count = 50, min.total.count = 100)),
  "filter_by_expr.csv", row.names = FALSE)
}))
cat(R.version.string, "edgeR", as.character(packageVersion("edgeR")), "DESeq2", as.character(packageVersion("DESeq2")), "\n")
