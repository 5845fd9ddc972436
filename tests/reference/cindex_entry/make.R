# Concordance and Cox models under delayed entry: Rscript make.R, in this folder.
library(survival)
m <- na.omit(mgus[, c("age", "futime", "death", "sex", "hgb", "creat")])
d <- data.frame(entry = m$age, time = m$age + ceiling((m$futime + 1) / 365.25), event = m$death,
                sex = as.character(m$sex), hgb = m$hgb, creat = m$creat)
d$fold <- (seq_len(nrow(d)) * 7) %% 3
d$split <- ifelse(seq_len(nrow(d)) %% 3 == 0, "external", "training")
write.csv(d, "mgus.csv", row.names = FALSE)
y <- with(d, Surv(entry, time, event))
values <- c(
  whole = concordance(y ~ creat, d, reverse = TRUE)$concordance,
  folds = concordance(y ~ creat + strata(fold), d, reverse = TRUE)$concordance
)
d$weight <- 0.5 + (seq_len(nrow(d)) * 5) %% 4
errors <- list(
  whole = concordance(y ~ creat, d, reverse = TRUE),
  folds = concordance(y ~ creat + strata(fold), d, reverse = TRUE),
  weighted = concordance(y ~ creat + strata(fold), d, weights = d$weight, reverse = TRUE)
)
values["weighted"] <- errors$weighted$concordance
for (name in names(errors)) values[paste("se", name)] <- sqrt(errors[[name]]$var)
train <- d[d$split == "training", ]
test <- d[d$split == "external", ]
for (terms in c("sex", "hgb", "sex + hgb", "sex * hgb")) {
  fit <- coxph(as.formula(paste("Surv(entry, time, event) ~", terms)), train, ties = "efron")
  test$risk <- round(predict(fit, test, type = "lp"), 9)
  values[paste("test", terms)] <- concordance(Surv(entry, time, event) ~ risk, test, reverse = TRUE)$concordance
  values[paste("apparent", terms)] <- concordance(fit)$concordance
  values[paste("se apparent", terms)] <- sqrt(concordance(fit)$var)
}
null <- coxph(Surv(entry, time, event) ~ sex, train)
values["lr sex + hgb / sex"] <- 2 * (coxph(Surv(entry, time, event) ~ sex + hgb, train)$loglik[2] - null$loglik[2])
write.csv(data.frame(name = names(values), value = format(values, digits = 15)), "values.csv", row.names = FALSE)
