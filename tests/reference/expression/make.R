# Reference values of two-sample t-tests, their adjustment, and over-representation. Run: Rscript make.R
set.seed(20)
n_genes <- 40
group <- rep(c("a", "b"), c(9, 14))
x <- matrix(rnorm(n_genes * length(group), 6, 1.5), n_genes)
x[1:8, group == "a"] <- x[1:8, group == "a"] + 1.8
x[9:12, group == "b"] <- 3 * x[9:12, group == "b"]
rownames(x) <- sprintf("G%02d", 1:n_genes)
write.csv(data.frame(group = group, round(t(x), 6)), "values.csv", row.names = FALSE)
x <- t(as.matrix(read.csv("values.csv")[, -1]))
one <- function(g, equal) {
  test <- t.test(x[g, group == "a"], x[g, group == "b"], var.equal = equal)
  c(test$statistic, test$parameter, test$p.value)
}
student <- t(sapply(1:n_genes, one, TRUE))
welch <- t(sapply(1:n_genes, one, FALSE))
out <- data.frame(gene = rownames(x), student, p.adjust(student[, 3], "BH"), welch, p.adjust(welch[, 3], "BH"))
names(out) <- c("gene", "t", "df", "p", "p_bh", "welch_t", "welch_df", "welch_p", "welch_p_bh")
write.csv(out, "t_test.csv", row.names = FALSE)

# Overlap x of a set of m measured genes with k significant genes among n measured: P(X >= x).
cases <- expand.grid(n = c(50, 976, 20000), m = c(5, 20, 40), k = c(3, 30), x = c(0, 1, 2, 3))
cases$p <- with(cases, phyper(x - 1, m, n - m, k, lower.tail = FALSE))
write.csv(cases, "phyper.csv", row.names = FALSE)
