# Run in this folder after make.R: Rscript make_logrank.R
library(survival)
options(digits = 16)
d <- read.csv("lung.csv")
d <- d[!is.na(d$ecog), ]
y <- Surv(d$time, d$event)
rows <- NULL
add <- function(name, statistic, df) {
  rows <<- rbind(rows, data.frame(test = name, statistic = statistic, df = df,
                                  p_value = pchisq(statistic, df, lower.tail = FALSE)))
}
of <- function(name, fit) add(name, fit$chisq, length(fit$n) - 1)
for (rho in c(0, 0.5, 1)) {
  of(paste0("rho", rho), survdiff(y ~ ecog, d, rho = rho))
  fit <- survdiff(y ~ ecog + strata(sex), d, rho = rho)
  add(paste0("rho", rho, "_strata"), fit$chisq, 2)
}
two <- d$ecog != "ps2"
fit <- survdiff(Surv(time, event) ~ ecog + strata(sex), d[two, ])
add("ps0_ps1_strata", fit$chisq, 1)
# Tarone's test for a trend from observed, expected and covariance of survdiff; scores 0, 1, 2 and 0, 1, 5.
trend <- function(fit, scores) {
  difference <- if (is.matrix(fit$obs)) rowSums(fit$obs - fit$exp) else fit$obs - fit$exp
  sum(scores * difference)^2 / drop(scores %*% fit$var %*% scores)
}
add("trend", trend(survdiff(y ~ ecog, d), 0:2), 1)
add("trend_015", trend(survdiff(y ~ ecog, d), c(0, 1, 5)), 1)
add("trend_strata", trend(survdiff(y ~ ecog + strata(sex), d), 0:2), 1)
add("trend_rho1", trend(survdiff(y ~ ecog, d, rho = 1), 0:2), 1)
# The same test another way: score test of the exact partial likelihood, the groups as a number.
add("trend_exact", coxph(y ~ as.numeric(factor(ecog)), d, ties = "exact")$score, 1)
write.csv(rows, "km_logrank.csv", row.names = FALSE)
