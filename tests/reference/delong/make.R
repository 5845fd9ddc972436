# Reference values of ROC curves: run with `Rscript make.R` in this folder.
suppressMessages(library(pROC))
options(digits = 17)
set.seed(8)
n <- 90
y <- rbinom(n, 1, 0.4)
signal <- rnorm(n) + y
scores <- data.frame(
  strong = signal + rnorm(n) / 4,
  weak = rnorm(n) + y / 3,
  rounded = round(signal * 1.5),
  binary = as.numeric(signal > 0.6),
  inverse = -signal + rnorm(n),
  separating = y + runif(n) / 2,
  constant = rep(1, n)
)
write.csv(cbind(y, scores), "scores.csv", row.names = FALSE)
curve_of <- function(x, l = y) roc(l, x, levels = c(0, 1), direction = "<", quiet = TRUE)
curves <- lapply(scores, curve_of)

areas <- do.call(rbind, lapply(names(curves), function(m) do.call(rbind, lapply(c(0.9, 0.95), function(level) {
  ci <- suppressWarnings(ci.auc(curves[[m]], method = "delong", conf.level = level))
  data.frame(score = m, confidence = level, auc = ci[2], lower = ci[1], upper = ci[3],
             variance = var(curves[[m]], method = "delong"))
}))))
write.csv(areas, "areas.csv", row.names = FALSE)

pairs <- combn(names(scores), 2)
tests <- do.call(rbind, lapply(seq_len(ncol(pairs)), function(k) {
  a <- curves[[pairs[1, k]]]; b <- curves[[pairs[2, k]]]
  t <- suppressWarnings(roc.test(a, b, method = "delong", paired = TRUE))
  data.frame(first = pairs[1, k], second = pairs[2, k], covariance = cov(a, b, method = "delong"),
             p_value = t$p.value)
}))
write.csv(tests, "tests.csv", row.names = FALSE)

best <- do.call(rbind, lapply(c("strong", "weak", "rounded", "binary", "inverse", "separating"), function(m) {
  do.call(rbind, lapply(c("youden", "closest.topleft"), function(how) {
    at <- coords(curves[[m]], "best", best.method = how, ret = c("threshold", "sensitivity", "specificity"),
                 transpose = FALSE)
    data.frame(score = m, criterion = how, at)
  }))
}))
write.csv(best, "best.csv", row.names = FALSE)

points <- do.call(rbind, lapply(names(curves), function(m) data.frame(
  score = m, threshold = rev(curves[[m]]$thresholds), sensitivity = rev(curves[[m]]$sensitivities),
  specificity = rev(curves[[m]]$specificities))))
write.csv(points, "points.csv", row.names = FALSE)

counts <- data.frame(x = c(0, 1, 5, 17, 49, 50, 0, 3, 1), n = c(10, 10, 10, 50, 50, 50, 1, 3, 1000))
wilson <- do.call(rbind, lapply(c(0.9, 0.95), function(level) do.call(rbind, lapply(seq_len(nrow(counts)), function(i) {
  ci <- suppressWarnings(prop.test(counts$x[i], counts$n[i], conf.level = level, correct = FALSE))$conf.int
  data.frame(counts[i, ], confidence = level, lower = ci[1], upper = ci[2])
}))))
write.csv(wilson, "wilson.csv", row.names = FALSE)
cat(as.character(packageVersion("pROC")), R.version.string, "\n")
