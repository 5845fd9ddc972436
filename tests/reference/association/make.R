# Run in this folder: Rscript make.R
set.seed(1)
tables <- list(
  two_by_two = matrix(c(12, 5, 3, 9), 2, byrow = TRUE),
  sparse_two_by_two = matrix(c(1, 9, 11, 3), 2, byrow = TRUE),
  close_to_expected = matrix(c(10, 10, 10, 11), 2, byrow = TRUE),
  two_by_three = matrix(c(10, 2, 3, 4, 8, 9), 2, byrow = TRUE),
  three_by_three = matrix(c(30, 12, 3, 14, 8, 19, 3, 5, 9), 3, byrow = TRUE),
  four_by_three = matrix(c(5, 0, 1, 2, 7, 0, 1, 1, 6, 3, 3, 2), 4, byrow = TRUE),
  job_satisfaction = matrix(c(1, 2, 1, 0, 3, 3, 6, 1, 10, 10, 14, 9, 6, 7, 12, 11), 4, byrow = TRUE)
)
rows <- do.call(rbind, lapply(names(tables), function(name) {
  t <- tables[[name]]
  chi <- suppressWarnings(chisq.test(t))
  plain <- suppressWarnings(chisq.test(t, correct = FALSE))
  data.frame(
    name = name, nrow = nrow(t), counts = paste(as.vector(t(t)), collapse = " "),
    chi_squared = unname(chi$statistic), df = unname(chi$parameter), chi_squared_p = chi$p.value,
    uncorrected = unname(plain$statistic), fisher_p = fisher.test(t)$p.value,
    cramers_v = sqrt(unname(plain$statistic) / (sum(t) * (min(dim(t)) - 1)))
  )
}))
options(digits = 16)
write.csv(rows, "tables.csv", row.names = FALSE)

group <- sample(c("A", "B", "C"), 60, replace = TRUE)
value <- round(rnorm(60) + (group == "C"), 1)
write.csv(data.frame(group, value), "kruskal_data.csv", row.names = FALSE)
k <- kruskal.test(value, factor(group))
write.csv(data.frame(statistic = unname(k$statistic), df = unname(k$parameter), p_value = k$p.value),
          "kruskal.csv", row.names = FALSE)

p <- c(0.01, 0.04, 0.03, NA, 0.005, 0.55, 0.04, 1, 0.0001, NA, 0.2)
write.csv(data.frame(p, bh = p.adjust(p, "BH"), holm = p.adjust(p, "holm")), "p_adjust.csv", row.names = FALSE)
