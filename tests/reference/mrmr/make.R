# Features in correlated blocks of 60 patients, and the order in which mRMRe chooses them.
library(survival)
library(mRMRe)
set.seed(21)
n <- 60
p <- 40
block <- matrix(rnorm(n * 8), n)
x <- block[, rep(1:8, length.out = p)] * runif(p, 0.5, 1.5)[col(matrix(0, n, p))] + matrix(rnorm(n * p), n)
colnames(x) <- paste0("f", seq_len(p))
class <- as.integer(block[, 1] - block[, 2] + rnorm(n) > 0)
time <- rexp(n, exp(0.8 * block[, 3] - 0.6 * block[, 4]))
follow <- rexp(n, 0.4)
event <- as.integer(time <= follow)
time <- pmin(time, follow)

chosen <- NULL
choose <- function(frame, outcome, correlation) {
  data <- mRMR.data(data = frame)
  fit <- mRMR.classic(data = data, target_indices = 1, feature_count = 12, continuous_estimator = correlation)
  at <- as.vector(solutions(fit)[[1]])
  mi <- mim(data, continuous_estimator = correlation)
  data.frame(outcome = outcome, correlation = correlation, step = seq_along(at), feature = colnames(frame)[at],
             relevance = mi[1, at])
}
for (correlation in c("pearson", "spearman")) {
  a <- choose(data.frame(y = factor(class, ordered = TRUE), x), "class", correlation)
  b <- choose(data.frame(y = Surv(time, event), x), "survival", correlation)
  chosen <- rbind(chosen, a, b)
}
options(digits = 17)
write.csv(data.frame(class, time, event, x), "patients.csv", row.names = FALSE, quote = FALSE)
write.csv(chosen, "chosen.csv", row.names = FALSE, quote = FALSE)
