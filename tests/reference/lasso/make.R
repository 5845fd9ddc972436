# Lasso and elastic-net paths of glmnet at three penalties, and what cv.glmnet chooses with the folds given.
suppressMessages({library(glmnet); library(survival)})
set.seed(8)
n <- 90; p <- 120
x <- matrix(rnorm(n * p), n) + rnorm(n) * 0.6
x <- sweep(x, 2, exp(rnorm(p)), "*")
eta <- drop(scale(x)[, 1:4] %*% c(1, -1, 0.8, -0.6))
y <- rbinom(n, 1, plogis(eta))
event <- rbinom(n, 1, 0.7)
time <- ceiling(12 * rexp(n) * exp(-eta) + 0.1) # ties, also of events with censoring
weight <- round(runif(n, 0.5, 2), 2)
fold <- sample(rep_len(1:6, n))
x <- round(x, 6)
colnames(x) <- paste0("f", seq_len(p))
write.csv(data.frame(y, time, event, weight, fold, x), "patients.csv", row.names = FALSE)
paths <- chosen <- NULL
for (family in c("binomial", "cox")) for (weighted in c(FALSE, TRUE)) for (alpha in c(1, 0.5)) {
  response <- if (family == "cox") Surv(time, event) else y
  w <- if (weighted) weight else rep(1, n)
  fit <- function(...) cv.glmnet(x, response, family = family, weights = w, alpha = alpha, foldid = fold, ...)
  cv <- fit(thresh = 1e-9, maxit = 1e6)
  full <- glmnet(x, response, family = family, weights = w, alpha = alpha, lambda = cv$glmnet.fit$lambda[1:30],
    thresh = 1e-14, maxit = 1e6)
  for (at in c(10, 20, 30)) {
    coefs <- as.matrix(coef(full))[, at]
    paths <- rbind(paths, data.frame(family, weighted, alpha, step = at, lambda = full$lambda[at],
      dev_ratio = full$dev.ratio[at], name = names(coefs), coef = unname(coefs)))
  }
  keep <- 1:30
  chosen <- rbind(chosen, data.frame(family, weighted, alpha, steps = length(cv$glmnet.fit$lambda), lambda_min = cv$lambda.min,
    lambda_1se = cv$lambda.1se, step = keep, deviance = cv$cvm[keep], se = cv$cvsd[keep]))
}
write.csv(format(paths, digits = 15), "paths.csv", row.names = FALSE, quote = FALSE)
write.csv(format(chosen, digits = 15), "chosen.csv", row.names = FALSE, quote = FALSE)
