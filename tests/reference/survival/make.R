# Reference values of the survival kernels. Run in this folder: Rscript make.R
# Writes the data sets used (data_*.csv) and what R's survival package says about them.
library(survival)
options(digits = 15)

save_csv <- function(frame, name) write.csv(format(frame, digits = 15, trim = TRUE, scientific = FALSE, nsmall = 0),
                                            name, row.names = FALSE, quote = FALSE)
save_values <- function(frame, name) write.csv(
  as.data.frame(lapply(frame, function(v) if (is.numeric(v)) trimws(formatC(v, digits = 13, format = "g")) else v)),
  name, row.names = FALSE, quote = FALSE)

# Data: columns time, event, [entry], group, stratum, weight, x1...; complete cases only.
set.seed(1)
data <- list()
l <- na.omit(lung[, c("time", "status", "age", "sex", "ph.ecog", "wt.loss")])
data$lung <- data.frame(time = l$time, event = l$status - 1, group = l$sex, stratum = l$ph.ecog,
                        x1 = l$age, x2 = l$ph.ecog, x3 = l$wt.loss)
v <- veteran
data$veteran <- data.frame(time = v$time, event = v$status, group = as.integer(v$celltype), stratum = v$trt,
                           x1 = v$karno, x2 = v$age, x3 = as.integer(v$prior > 0))
o <- ovarian
data$ovarian <- data.frame(time = o$futime, event = o$fustat, group = o$rx, stratum = o$resid.ds,
                           x1 = o$age, x2 = o$rx, x3 = o$ecog.ps)
# Heavy ties: the colon trial's recurrences in half-year steps.
k <- na.omit(colon[colon$etype == 1, c("time", "status", "rx", "sex", "age", "nodes", "differ", "extent")])
k <- k[seq_len(400), ]
data$colon_ties <- data.frame(time = ceiling(k$time / 182.5), event = k$status, group = as.integer(k$rx),
                              stratum = k$sex, x1 = k$age, x2 = k$nodes, x3 = as.integer(k$extent > 2))
# Left truncation, as the counting process of the transplant study, with ties made by rounding up to 10 days.
h <- heart
data$heart_entry <- data.frame(time = h$stop, event = h$event, entry = h$start, group = h$surgery,
                               stratum = as.integer(h$year > 3), x1 = h$age, x2 = h$year, x3 = as.integer(h$transplant == 1))
# Left truncation with heavy ties: age in years at entry and at the end, monoclonal gammopathy.
m <- na.omit(mgus[, c("age", "sex", "futime", "death", "alb", "hgb")])
data$mgus_entry <- data.frame(time = m$age + ceiling((m$futime + 1) / 365.25), event = m$death, entry = m$age,
                              group = as.integer(m$sex), stratum = as.integer(m$hgb > 13),
                              x1 = m$alb, x2 = m$hgb, x3 = as.integer(m$sex == "male"))
for (name in names(data)) {
  data[[name]]$weight <- round(0.25 + 2 * runif(nrow(data[[name]])), 3)
  data[[name]]$count <- 1 + rbinom(nrow(data[[name]]), 3, 0.4)
  save_csv(data[[name]], paste0("data_", name, ".csv"))
}

cox <- list(); chisq <- list(); curve <- list(); median <- list(); cindex <- list(); resid <- list(); hazard <- list()
add <- function(where, row) c(where, list(row))
control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60)

for (name in names(data)) {
  d <- data[[name]]
  delayed <- "entry" %in% names(d)
  y <- if (delayed) Surv(d$entry, d$time, d$event) else Surv(d$time, d$event)
  for (ties in c("efron", "breslow")) for (weights in c("none", "weight")) for (strata in c("none", "stratum")) {
    right <- if (strata == "none") "x1 + x2 + x3" else "x1 + x2 + x3 + strata(stratum)"
    if (strata == "stratum" && name == "lung") right <- "x1 + x3 + strata(stratum)"
    model <- as.formula(paste("y ~", right))
    d$w <- if (weights == "none") 1 else d$weight
    fit <- coxph(model, data = d, weights = w, ties = ties, control = control, robust = FALSE)
    p <- length(coef(fit))
    at <- which(c(TRUE, p == 3, TRUE))
    cox <- add(cox, data.frame(data = name, ties = ties, weights = weights, strata = strata, ridge = 0,
      column = at, coef = coef(fit), se = sqrt(diag(vcov(fit))), covariance_first = vcov(fit)[1, ],
      loglik_null = fit$loglik[1], loglik = fit$loglik[2], score = fit$score,
      wald = unname(fit$wald.test), lr = 2 * diff(fit$loglik)))
    if (strata == "stratum" && weights == "weight" && name != "lung") resid <- add(resid, data.frame(data = name, ties = ties, weights = weights,
      strata = strata, row = seq_along(d$time), martingale = residuals(fit, type = "martingale")))
    if (strata == "stratum" && weights == "weight" && name != "lung") {
      at0 <- basehaz(fit, centered = FALSE)
      hazard <- add(hazard, data.frame(data = name, ties = ties, stratum = sub("stratum=", "", at0$strata),
        time = at0$time, hazard = at0$hazard))
    }
  }
  for (theta in c(0.5, 20)) {
    fit <- coxph(y ~ ridge(x1, x2, x3, theta = theta, scale = FALSE), data = d, ties = "efron",
                 control = control)
    cox <- add(cox, data.frame(data = name, ties = "efron", weights = "none", strata = "none", ridge = theta,
      column = 1:3, coef = coef(fit), se = sqrt(diag(fit$var)), covariance_first = fit$var[1, ],
      loglik_null = fit$loglik[1], loglik = fit$loglik[2], score = NA, wald = NA, lr = NA))
  }
  # Curves.
  for (weights in c("none", "count")) for (group in sort(unique(d$group))) {
    rows <- d$group == group
    d$w <- if (weights == "none") 1 else d$count
    fit <- survfit(y[rows] ~ 1, weights = d$w[rows], conf.type = "log-log", robust = FALSE)
    aalen <- survfit(y[rows] ~ 1, weights = d$w[rows], conf.type = "log-log", robust = FALSE, stype = 2, ctype = 1)
    curve <- add(curve, data.frame(data = name, weights = weights, group = group, time = fit$time, at_risk = fit$n.risk,
      events = fit$n.event, censored = fit$n.censor, survival = fit$surv, std_error = fit$std.err, lower = fit$lower,
      upper = fit$upper, hazard = fit$cumhaz, hazard_lower = -log(aalen$upper), hazard_upper = -log(aalen$lower)))
    for (share in c(0.25, 0.5, 0.75)) {
      q <- quantile(fit, share)
      median <- add(median, data.frame(data = name, weights = weights, group = group, share = share,
        value = unname(q$quantile), lower = unname(q$lower), upper = unname(q$upper)))
    }
  }
  if (delayed) next
  # Log-rank tests.
  for (rho in c(0, 0.5, 1)) for (strata in c("none", "stratum")) {
    model <- if (strata == "none") y ~ group else y ~ group + strata(stratum)
    fit <- survdiff(model, data = d, rho = rho)
    observed <- if (is.matrix(fit$obs)) rowSums(fit$obs) else fit$obs
    expected <- if (is.matrix(fit$exp)) rowSums(fit$exp) else fit$exp
    chisq <- add(chisq, data.frame(data = name, test = "survdiff", rho = rho, strata = strata, group = sort(unique(d$group)),
      observed = observed, expected = expected, variance = diag(fit$var), statistic = fit$chisq))
  }
  # The score test of the exact (discrete) partial likelihood with the groups as a number is the trend test.
  if (name != "colon_ties") for (strata in c("none", "stratum")) {
    model <- if (strata == "none") y ~ group else y ~ group + strata(stratum)
    fit <- coxph(model, data = d, ties = "exact")
    chisq <- add(chisq, data.frame(data = name, test = "trend", rho = 0, strata = strata, group = NA, observed = NA,
      expected = NA, variance = NA, statistic = fit$score))
  }
  # Concordance; x2 is heavily tied in lung and ovarian.
  for (score in c("x1", "x2")) for (weights in c("none", "weight")) for (strata in c("none", "stratum"))
    for (timewt in c("n", "n/G2")) for (tau in c(Inf, as.numeric(quantile(d$time, 0.6)))) {
      d$w <- if (weights == "none") 1 else d$weight
      d$risk <- d[[score]]
      model <- if (strata == "none") y ~ risk else y ~ risk + strata(stratum)
      fit <- if (is.finite(tau)) concordance(model, data = d, weights = w, timewt = timewt, reverse = TRUE, ymax = tau)
             else concordance(model, data = d, weights = w, timewt = timewt, reverse = TRUE)
      count <- if (is.matrix(fit$count)) colSums(fit$count) else fit$count
      cindex <- add(cindex, data.frame(data = name, risk = score, weights = weights, strata = strata, timewt = timewt,
        tau = tau, c = fit$concordance, se = sqrt(fit$var), concordant = count[1], discordant = count[2],
        tied_x = count[3], tied_y = count[4], tied_xy = count[5]))
    }
}
save_values(do.call(rbind, cox), "cox.csv")
save_values(do.call(rbind, resid), "martingale.csv")
save_values(do.call(rbind, hazard), "baseline_hazard.csv")
save_values(do.call(rbind, chisq), "logrank.csv")
save_values(do.call(rbind, curve), "survival_curve.csv")
save_values(do.call(rbind, median), "quantiles.csv")
save_values(do.call(rbind, cindex), "concordance.csv")
print(warnings())
cat(R.version.string, "survival", as.character(packageVersion("survival")), "\n")
