# Reference values of ComBat. Run: Rscript make.R
library(sva)
set.seed(7)
p <- 60
batch <- rep(c("a", "b", "c"), c(9, 12, 7))
n <- length(batch)
group <- factor(sample(c("x", "y", "z"), n, replace = TRUE))
age <- round(rnorm(n, 60, 8), 2)
x <- matrix(rnorm(p * n, 6, 1), p) * runif(p, 0.5, 2)
x[1:20, group == "y"] <- x[1:20, group == "y"] + 1.5
x[21:30, ] <- x[21:30, ] + outer(rep(0.05, 10), age)
shift <- matrix(rnorm(p * 3, c(0.5, -0.8, 1.2), 0.5), p, byrow = TRUE)
stretch <- matrix(rgamma(p * 3, 20, c(20, 10, 30)), p, byrow = TRUE)
for (i in 1:3) {
  own <- batch == c("a", "b", "c")[i]
  x[, own] <- (x[, own] - rowMeans(x)) * stretch[, i] + rowMeans(x) + shift[, i]
}
x[59, batch == "b"] <- 5  # without spread in one batch: left as it is
rownames(x) <- sprintf("G%02d", 1:p)
x <- round(x, 6)
write.csv(data.frame(batch = batch, group = group, age = age, t(x)), "values.csv", row.names = FALSE)
mod <- model.matrix(~ group + age)
single <- batch; single[28] <- "d"
gaps <- x
gaps[cbind(c(1, 2, 3, 3, 40, 41), c(1, 10, 11, 25, 5, 5))] <- NA
write.csv(data.frame(which(is.na(gaps), arr.ind = TRUE)), "missing.csv", row.names = FALSE)
runs <- list(
  parametric = ComBat(x, batch),
  nonparametric = ComBat(x, batch, par.prior = FALSE),
  covariates = ComBat(x, batch, mod),
  mean_only = ComBat(x, batch, mod, mean.only = TRUE),
  reference = ComBat(x, batch, mod, ref.batch = "b"),
  nonparametric_mean_only = ComBat(x, batch, par.prior = FALSE, mean.only = TRUE),
  nonparametric_reference = ComBat(x, batch, mod, par.prior = FALSE, ref.batch = "b"),
  reference_mean_only = ComBat(x, batch, ref.batch = "a", mean.only = TRUE),
  one_patient = ComBat(x, single, mean.only = TRUE),
  gaps_covariates = ComBat(gaps, batch, mod),
  gaps_reference = ComBat(gaps, batch, ref.batch = "c"),
  gaps_nonparametric = ComBat(gaps, batch, par.prior = FALSE)
)
for (name in names(runs)) {
  write.csv(signif(t(runs[[name]]), 12), paste0(name, ".csv"), row.names = FALSE)
}
