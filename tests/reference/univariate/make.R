# One-variable Cox and logistic models of 12 features, as coxph and glm fit them.
library(survival)
set.seed(4)
n <- 60
x <- matrix(rnorm(n * 12), n)
x[, 2] <- x[, 2] * 1e5 + 1e6
x[, 3] <- x[, 3] * 1e-6
x[, 4] <- round(x[, 4])
x[, 5] <- x[, 5] > 1
x[, 6] <- exp(3 * x[, 6])
time <- ceiling(rexp(n, exp(0.6 * x[, 1])) * 12)
event <- rbinom(n, 1, 0.7)
y <- rbinom(n, 1, plogis(0.8 * x[, 1]))
rows <- NULL
for (j in seq_len(ncol(x))) {
  for (ties in c("efron", "breslow")) {
    m <- coxph(Surv(time, event) ~ x[, j], ties = ties, control = coxph.control(eps = 1e-14, iter.max = 100))
    s <- summary(m)
    rows <- rbind(rows, data.frame(feature = j, model = ties, coef = s$coefficients[1, 1], se = s$coefficients[1, 3],
      lower = s$conf.int[1, 3], upper = s$conf.int[1, 4], p_wald = s$coefficients[1, 5],
      p_score = s$sctest[["pvalue"]], p_lrt = s$logtest[["pvalue"]]))
  }
  m <- glm(y ~ x[, j], family = binomial, control = glm.control(epsilon = 1e-14, maxit = 100))
  # glm's standard errors are those of the weights one iteration before the last.
  m <- glm(y ~ x[, j], family = binomial, start = coef(m), control = glm.control(epsilon = 1e-14, maxit = 100))
  m0 <- glm(y ~ 1, family = binomial, control = glm.control(epsilon = 1e-14, maxit = 100))
  s <- coef(summary(m))[2, ]
  rows <- rbind(rows, data.frame(feature = j, model = "logistic", coef = s[[1]], se = s[[2]],
    lower = exp(s[[1]] + qnorm(0.025) * s[[2]]), upper = exp(s[[1]] + qnorm(0.975) * s[[2]]), p_wald = s[[4]],
    p_score = anova(m0, m, test = "Rao")$`Pr(>Chi)`[2], p_lrt = anova(m0, m, test = "Chisq")$`Pr(>Chi)`[2]))
}
colnames(x) <- paste0("x", seq_len(ncol(x)))
write.csv(format(data.frame(time, event, y, x), digits = 17, trim = TRUE), "data.csv", row.names = FALSE, quote = FALSE)
write.csv(format(rows, digits = 17, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
