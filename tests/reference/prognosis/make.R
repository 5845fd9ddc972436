# Run in this folder: Rscript make.R
library(survival)
options(digits = 16)
d <- lung
d$event <- d$status - 1
d$ecog <- ifelse(is.na(d$ph.ecog), NA, paste0("ps", pmin(d$ph.ecog, 2)))
d$sex <- ifelse(d$sex == 1, "male", "female")
write.csv(data.frame(patient_id = sprintf("P%03d", seq_len(nrow(d))), time = d$time, event = d$event, age = d$age,
                     sex = d$sex, ecog = d$ecog), "lung.csv", row.names = FALSE)
table_of <- function(fit) {
  s <- summary(fit)
  data.frame(term = rownames(s$coefficients), coef = s$coefficients[, "coef"], se = s$coefficients[, "se(coef)"],
             hr = s$conf.int[, "exp(coef)"], lower = s$conf.int[, "lower .95"], upper = s$conf.int[, "upper .95"],
             z = s$coefficients[, "z"], p_value = s$coefficients[, "Pr(>|z|)"])
}
d$sex <- relevel(factor(d$sex), "male")
d$ecog <- relevel(factor(d$ecog), "ps1")
multi <- coxph(Surv(time, event) ~ age + sex + ecog, d)
write.csv(table_of(multi), "multivariable.csv", row.names = FALSE)
uni <- do.call(rbind, lapply(c("age", "sex", "ecog"),
                             function(v) table_of(coxph(as.formula(paste("Surv(time, event) ~", v)), d))))
write.csv(cbind(uni, p_adjusted = p.adjust(uni$p_value, "BH")), "univariable.csv", row.names = FALSE)
s <- summary(multi)
write.csv(data.frame(test = c("likelihood_ratio", "wald", "score"),
                     statistic = c(s$logtest[["test"]], multi$wald.test[[1]], s$sctest[["test"]]),
                     df = s$logtest[["df"]],
                     p_value = c(s$logtest[["pvalue"]], s$waldtest[["pvalue"]], s$sctest[["pvalue"]])),
          "model.csv", row.names = FALSE)
write.csv(data.frame(n = multi$n, events = multi$nevent, loglik_null = multi$loglik[1], loglik = multi$loglik[2],
                     c = s$concordance[["C"]], c_se = s$concordance[["se(C)"]]), "fit.csv", row.names = FALSE)
complete <- d[complete.cases(d[, c("age", "sex", "ecog")]), ]
drop <- drop1(coxph(Surv(time, event) ~ age + sex + ecog, complete), test = "Chisq")
write.csv(data.frame(variable = rownames(drop)[-1], p_variable = drop[["Pr(>Chi)"]][-1]), "drop1.csv", row.names = FALSE)

km <- survfit(Surv(time, event) ~ ecog, d, conf.type = "log-log")
t <- summary(km)$table
at <- summary(km, times = 365)
write.csv(data.frame(group = sub("ecog=", "", rownames(t)), n = t[, "records"], events = t[, "events"],
                     median = t[, "median"], median_lower = t[, "0.95LCL"], median_upper = t[, "0.95UCL"],
                     survival_at_horizon = at$surv, survival_at_horizon_lower = at$lower,
                     survival_at_horizon_upper = at$upper), "km_summary.csv", row.names = FALSE)
lr <- survdiff(Surv(time, event) ~ ecog, d)
write.csv(data.frame(statistic = lr$chisq, df = length(lr$n) - 1, p_value = lr$pvalue), "km_test.csv", row.names = FALSE)
