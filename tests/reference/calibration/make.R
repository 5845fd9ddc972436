# Reference values of calibration, decision curves and time-dependent ROC; see README.md for versions.
suppressMessages({library(rms); library(survival); library(ResourceSelection); library(dcurves); library(timeROC)
library(riskRegression)})
write <- function(x, name) write.csv(x, paste0(name, ".csv"), row.names = FALSE)
d <- read.csv("patients.csv")
l <- qlogis(d$probability)

rows <- list()
for (column in c("probability", "rounded")) for (g in c(5, 10)) {
  h <- suppressWarnings(hoslem.test(d$y, d[[column]], g = g))
  rows[[length(rows) + 1]] <- data.frame(column, groups = g, used = nrow(h$observed), statistic = h$statistic)
}
write(do.call(rbind, rows), "hosmer_lemeshow")

v <- val.prob(d$probability, d$y, pl = FALSE)
large <- glm(y ~ 1, offset = l, family = binomial, data = d)
line <- glm(y ~ l, family = binomial, data = d)
write(data.frame(brier = v["Brier"], slope = v["Slope"], slope_intercept = v["Intercept"], large = coef(large),
                 large_se = sqrt(vcov(large)[1]), slope_se = sqrt(vcov(line)[2, 2])), "binary")

grid <- seq(0.05, 0.95, 0.05)
k <- unname(quantile(l, c(0.05, 0.35, 0.65, 0.95)))
d$l <- l
fit <- glm(y ~ rcs(l, k), family = binomial, data = d)
own <- predict(fit, type = "response")
curve <- predict(fit, data.frame(l = qlogis(grid)), type = "response")
write(data.frame(predicted = grid, observed = curve, ici = mean(abs(own - d$probability))), "curve")

at <- seq(0.05, 0.95, 0.05)
horizon <- 400
binary <- as.data.frame(dca(y ~ probability, data = d, thresholds = at)$dca)
surv <- as.data.frame(dca(Surv(time, event) ~ risk, data = d, time = horizon, thresholds = at)$dca)
keep <- c("variable", "threshold", "net_benefit")
write(rbind(cbind(outcome = "binary", binary[keep]), cbind(outcome = "survival", surv[keep])), "net_benefit")

cut <- transform(d, time = pmin(time, horizon), event = ifelse(time <= horizon, event, 0), x = log(-log(1 - risk)))
slope <- coxph(Surv(time, event) ~ x, data = cut, ties = "breslow")
k <- unname(quantile(cut$x, c(0.05, 0.35, 0.65, 0.95)))
smooth <- coxph(Surv(time, event) ~ rcs(x, k), data = cut, ties = "breslow")
new <- data.frame(x = log(-log(1 - grid)))
risk <- 1 - c(summary(survfit(smooth, newdata = new), times = horizon)$surv)
own <- 1 - c(summary(survfit(smooth, newdata = cut), times = horizon)$surv)
write(data.frame(predicted = grid, observed = risk, ici = mean(abs(own - d$risk))), "survival_curve")

groups <- cut(d$risk, quantile(d$risk, seq(0, 1, 0.2)), include.lowest = TRUE)
km <- summary(survfit(Surv(time, event) ~ groups, data = d, conf.type = "log-log"), times = horizon)
write(data.frame(predicted = tapply(d$risk, groups, mean), observed = 1 - km$surv, lower = 1 - km$upper,
                 upper = 1 - km$lower, n = c(table(groups))), "survival_groups")
s <- Score(list(model = matrix(d$risk)), formula = Surv(time, event) ~ 1, data = d, times = horizon, metrics = "brier",
           cens.model = "km", conf.int = FALSE)$Brier$score
write(data.frame(slope = coef(slope), slope_se = sqrt(vcov(slope)[1]), brier = s$Brier[s$model == "model"],
                 null = s$Brier[s$model == "Null model"]), "survival")

times <- c(200, 400, 600)
a <- timeROC(d$time, d$event, d$risk, cause = 1, times = times, iid = TRUE)
b <- timeROC(d$time, d$event, d$marker, cause = 1, times = times, iid = TRUE)
write(data.frame(time = times, risk = a$AUC, risk_se = a$inference$vect_sd_1, marker = b$AUC,
                 marker_se = b$inference$vect_sd_1, p_value = compare(a, b)$p_values_AUC), "time_auc")
write(data.frame(true_positive = a$TP[, 2], false_positive = a$FP[, 2]), "time_roc")
