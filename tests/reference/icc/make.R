# Readings of 14 patients by 2 and by 4 readers, and what psych::ICC makes of them.
library(psych)
set.seed(8)
readings <- NULL
expected <- NULL
patients <- 14
between <- c(0, 0.3, 1, 1, 4, 1)
shift <- c(0, 0, 0, 2, 0.5, 0)
scale <- c(1, 1e6, 1e-7, 1, 100, 1)
for (k in c(2, 4)) for (f in seq_along(between)) {
  x <- between[f] * rnorm(patients) + matrix(rnorm(patients * k), patients) + 50
  x <- sweep(x, 2, shift[f] * seq_len(k), "+") * scale[f]
  if (f == 6) x <- round(x)
  readings <- rbind(readings, data.frame(k = k, feature = f, patient = rep(seq_len(patients), k),
                                         reader = rep(seq_len(k), each = patients), value = as.vector(x)))
  for (alpha in c(0.05, 0.2)) {
    r <- ICC(x, lmer = FALSE, alpha = alpha)$results
    expected <- rbind(expected, data.frame(k = k, feature = f, confidence = 1 - alpha, form = tolower(r$type), value = r$ICC,
      lower = r$`lower bound`, upper = r$`upper bound`, statistic = r$F, df = r$df1, df_within = r$df2, p_value = r$p))
  }
}
options(digits = 17)
write.csv(format(readings, digits = 17, trim = TRUE), "readings.csv", row.names = FALSE, quote = FALSE)
write.csv(format(expected, digits = 17, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
