# Rscript make.R: simulated expression of 45 patients in three unequal classes, and what pamr makes of it.
library(pamr)
set.seed(20)
p <- 120
y <- rep(c("A", "B", "C"), c(20, 15, 10))
x <- matrix(rnorm(p * 45, sd = rep(runif(p, 0.3, 2), 45)), p)
x[1:10, y == "A"] <- x[1:10, y == "A"] + 1.2
x[11:18, y == "B"] <- x[11:18, y == "B"] - 1.5
x[19:22, y == "C"] <- x[19:22, y == "C"] + 1
x <- x + rnorm(p, 6)
order <- sample(45)
x <- x[, order]; y <- y[order]
new <- matrix(rnorm(p * 12, mean = 6, sd = 1.5), p)
new[1:10, 1:4] <- new[1:10, 1:4] + 1.2
write <- function(m, name) write.csv(format(m, digits = 16, trim = TRUE), name, row.names = FALSE, quote = FALSE)
rownames(x) <- paste0("g", seq_len(p))
write(cbind(data.frame(y = y), as.data.frame(t(x))), "x.csv")
write(as.data.frame(t(new)), "new.csv")
x <- t(as.matrix(read.csv("x.csv")[, -1])); new <- t(as.matrix(read.csv("new.csv"))) # as Python will read them

folds <- rep(NA, 45)
for (k in c("A", "B", "C")) folds[y == k] <- rep_len(1:5, sum(y == k))
write(data.frame(fold = folds - 1), "folds.csv")

for (prior in c("empirical", "uniform")) {
  fit <- pamr.train(list(x = x, y = factor(y)), prior = if (prior == "uniform") rep(1 / 3, 3) else NULL, remove.zeros = FALSE)
  cv <- pamr.cv(fit, list(x = x, y = factor(y)), folds = split(1:45, folds))
  write(data.frame(threshold = fit$threshold, nonzero = fit$nonzero, errors = fit$errors, cv_error = cv$error,
                   cv_loglik = cv$loglik), paste0("path_", prior, ".csv"))
  for (i in c(1, 6, 12, 20)) {
    t <- fit$threshold[i]
    write(data.frame(pamr.predict(fit, x, t, type = "posterior"), class = pamr.predict(fit, x, t)),
          sprintf("train_%s_%d.csv", prior, i))
    write(data.frame(pamr.predict(fit, new, t, type = "posterior"), class = pamr.predict(fit, new, t)),
          sprintf("new_%s_%d.csv", prior, i))
    write(as.data.frame(pamr.predict(fit, new, t, type = "centroid")), sprintf("centroids_%s_%d.csv", prior, i))
    write(data.frame(cv$yhat[[i]], cv$prob[, , i]), sprintf("cv_%s_%d.csv", prior, i))
  }
  write(data.frame(centroids = fit$centroids, overall = fit$centroid.overall, sd = fit$sd), paste0("fit_", prior, ".csv"))
  write(data.frame(se_scale = as.numeric(fit$se.scale), prior = as.numeric(fit$prior), offset = fit$offset),
        paste0("scale_", prior, ".csv"))
}
