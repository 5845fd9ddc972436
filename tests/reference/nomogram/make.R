# Nomograms by rms and survival, run in this folder: Rscript make.R
suppressMessages(library(rms))
set.seed(8)
n <- 120
d <- data.frame(
  age = round(rnorm(n, 60, 12)), size = round(rexp(n, 1 / 70), 1),
  grade = factor(sample(c("low", "intermediate", "high"), n, TRUE), c("low", "intermediate", "high")),
  sex = sample(c("female", "male"), n, TRUE)
)
lp <- 0.03 * (d$age - 60) + 0.008 * d$size + 0.7 * (d$grade == "high")
t <- rexp(n, exp(lp) / 40); end <- runif(n, 5, 80)
# Whole months: events are tied.
d$time <- ceiling(pmin(t, end)); d$event <- as.integer(t <= end)
d$lung <- rbinom(n, 1, plogis(lp - 0.6))
write.csv(d, "data.csv", row.names = FALSE)

dd <- datadist(d); options(datadist = "dd")
ages <- pretty(range(d$age), 10); sizes <- pretty(range(d$size), 10)
table_of <- function(made, model) {
  parts <- intersect(c("age", "size", "grade", "sex"), names(made))
  do.call(rbind, lapply(parts, function(v) data.frame(
    model = model, term = v, value = as.character(made[[v]][[v]]), points = made[[v]]$points)))
}

cox <- cph(Surv(time, event) ~ age + size + grade + sex, d, x = TRUE, y = TRUE, surv = TRUE, eps = 1e-12)
surv <- Survival(cox)
nom <- nomogram(cox, age = ages, size = sizes, fun = list(function(x) surv(12, x), function(x) surv(36, x)),
                fun.at = list(c(.3, .5, .7, .9), c(.2, .4, .6)), funlabel = c("s12", "s36"), lp = TRUE)
logistic <- lrm(lung ~ age + size + grade + sex, d, x = TRUE, y = TRUE, tol = 1e-14, eps = 1e-14)
nol <- nomogram(logistic, age = ages, size = sizes, fun = plogis, fun.at = c(.1, .3, .5, .7, .9), funlabel = "p")
write.csv(rbind(table_of(nom, "cox"), table_of(nol, "logistic")), "points.csv", row.names = FALSE)
scale_of <- function(made, name, model) data.frame(
  model = model, scale = name, value = made[[name]]$x.real, points = made[[name]]$x)
scales <- rbind(scale_of(nom, "s12", "cox"), scale_of(nom, "s36", "cox"), scale_of(nol, "p", "logistic"))
write.csv(scales, "scales.csv", row.names = FALSE)

new <- d[c(3, 17, 44, 101), c("age", "size", "grade", "sex")]
at <- c(2, 12, 36, 60)
s <- survest(cox, newdata = new, times = at, conf.int = 0.95, conf.type = "log-log")
for (method in c("efron", "breslow")) {
  fit <- coxph(Surv(time, event) ~ age + size + grade + sex, d, ties = method, control = coxph.control(eps = 1e-14, iter.max = 50))
  f <- summary(survfit(fit, newdata = new, conf.type = "log-log"), times = at)
  out <- data.frame(
    ties = method, patient = rep(rownames(new), each = length(at)), time = rep(at, nrow(new)),
    survival = as.vector(f$surv), lower = as.vector(f$lower), upper = as.vector(f$upper),
    rms = if (method == "efron") as.vector(t(s$surv)) else NA, rms_lower = if (method == "efron") as.vector(t(s$lower)) else NA,
    rms_upper = if (method == "efron") as.vector(t(s$upper)) else NA)
  if (method == "efron") all <- out else all <- rbind(all, out)
}
write.csv(all, "survival.csv", row.names = FALSE)
l <- predict(logistic, new, se.fit = TRUE)
write.csv(data.frame(patient = rownames(new), probability = plogis(l$linear.predictors),
  lower = plogis(l$linear.predictors - qnorm(0.975) * l$se.fit), upper = plogis(l$linear.predictors + qnorm(0.975) * l$se.fit)),
  "probability.csv", row.names = FALSE)
cat(R.version.string, "rms", as.character(packageVersion("rms")), "survival", as.character(packageVersion("survival")), "\n")
