# Correlations and partial correlations of every pair of columns, as R's own functions give them.
# Rscript make.R, in this folder.
set.seed(1)
n <- 40
hidden <- rnorm(n)
x <- data.frame(smooth = rnorm(n) + hidden, skewed = exp(rnorm(n)), tied = round(2 * rnorm(n) + hidden),
                binary = rbinom(n, 1, 0.4), large = 1e6 + rnorm(n))
y <- data.frame(near = hidden + 0.3 * rnorm(n), counts = rpois(n, 2), far = rnorm(n) * 1e-5)
z <- data.frame(age = round(rnorm(n, 60, 10)), volume = exp(hidden + rnorm(n)), centre = rep(c("a", "b", "c", "a"), 10))
rows <- list()
for (method in c("spearman", "pearson")) for (i in names(x)) for (j in names(y)) {
  test <- suppressWarnings(cor.test(x[[i]], y[[j]], method = method, exact = FALSE))
  by_rank <- if (method == "spearman") rank else identity
  given <- data.frame(u = by_rank(z$age), v = by_rank(z$volume), w = z$centre)
  a <- residuals(lm(by_rank(x[[i]]) ~ u + v + w, given))
  b <- residuals(lm(by_rank(y[[j]]) ~ u + v + w, given))
  r <- cor(a, b)
  df <- n - 2 - 4
  rows[[length(rows) + 1]] <- data.frame(method = method, x = i, y = j, r = unname(test$estimate), p = test$p.value,
    partial_r = r, partial_p = 2 * pt(-abs(r * sqrt(df / (1 - r^2))), df))
}
found <- do.call(rbind, rows)
for (method in c("spearman", "pearson")) {
  own <- found$method == method
  found$adjusted[own] <- p.adjust(found$p[own], "BH")
  found$partial_adjusted[own] <- p.adjust(found$partial_p[own], "BH")
}
write.csv(format(cbind(x, y, z), digits = 17), "data.csv", row.names = FALSE, quote = FALSE)
write.csv(format(found, digits = 17), "pairs.csv", row.names = FALSE, quote = FALSE)
small <- list()
for (size in 4:9) {
  u <- rnorm(size); v <- u + rnorm(size)
  test <- cor.test(u, v, method = "spearman", exact = TRUE)
  small[[size]] <- data.frame(n = size, x = u, y = v, r = unname(test$estimate), p = test$p.value)
}
write.csv(format(do.call(rbind, small), digits = 17), "small.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "\n")
