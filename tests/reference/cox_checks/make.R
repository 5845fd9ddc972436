# What R says about fitted Cox models, restricted means and left-truncated log-rank tests.
# Run in this folder: Rscript make.R   (reads ../survival/data_*.csv)
library(survival)
save_values <- function(frame, name) write.csv(
  as.data.frame(lapply(frame, function(v) if (is.numeric(v)) trimws(formatC(v, digits = 13, format = "g")) else v)),
  name, row.names = FALSE, quote = FALSE)
control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60)
zph <- list(); influence <- list(); rmean <- list(); late <- list(); schoenfeld <- list(); lowess_line <- list()
add <- function(where, row) c(where, list(row))
for (name in c("lung", "veteran", "ovarian", "colon_ties", "heart_entry", "mgus_entry")) {
  d <- read.csv(paste0("../survival/data_", name, ".csv"))
  delayed <- "entry" %in% names(d)
  y <- if (delayed) Surv(d$entry, d$time, d$event) else Surv(d$time, d$event)
  d$two <- as.matrix(d[, c("x2", "x3")])
  for (ties in c("efron", "breslow")) for (weights in c("none", "weight")) for (strata in c("none", "stratum")) {
    if (name == "lung" && strata == "stratum") next
    right <- if (strata == "none") "x1 + x2 + x3" else "x1 + x2 + x3 + strata(stratum)"
    d$w <- if (weights == "none") 1 else d$weight
    fit <- coxph(as.formula(paste("y ~", right)), data = d, weights = w, ties = ties, control = control, robust = FALSE)
    for (transform in c("km", "rank", "identity")) {
      z <- cox.zph(fit, transform = transform)$table
      zph <- add(zph, data.frame(data = name, ties = ties, weights = weights, strata = strata, transform = transform,
        term = rownames(z), statistic = z[, "chisq"], df = z[, "df"]))
    }
    if (weights == "none") {
      joint <- coxph(as.formula(paste("y ~ x1 + two", if (strata == "none") "" else "+ strata(stratum)")), data = d,
                     ties = ties, control = control)
      z <- cox.zph(joint)$table
      zph <- add(zph, data.frame(data = name, ties = ties, weights = weights, strata = strata, transform = "km",
        term = paste0("joint:", rownames(z)), statistic = z[, "chisq"], df = z[, "df"]))
    }
    if ((weights == "weight") == (strata == "stratum")) {
      r <- residuals(fit, type = "dfbeta")
      s <- residuals(fit, type = "score")
      keep <- seq_len(min(nrow(d), 120))
      influence <- add(influence, data.frame(data = name, ties = ties, weights = weights, strata = strata,
        row = keep, dfbeta1 = r[keep, 1], dfbeta2 = r[keep, 2], dfbeta3 = r[keep, 3], score1 = s[keep, 1]))
    }
    if (weights == "none" && strata == "none" && !delayed) {
      r <- residuals(fit, type = "schoenfeld")
      schoenfeld <- add(schoenfeld, data.frame(data = name, ties = ties, time = as.numeric(rownames(r)),
        sum_x1 = r[, 1], sum_x3 = r[, 3])[seq_len(min(nrow(r), 60)), ])
    }
  }
  for (group in sort(unique(d$group))) {
    rows <- d$group == group
    fit <- survfit(y[rows] ~ 1)
    if (delayed) next
    for (share in c(0.3, 0.7, 1)) {
      tau <- share * max(d$time[rows])
      t <- summary(fit, rmean = tau)$table
      rmean <- add(rmean, data.frame(data = name, group = group, tau = tau, value = t[["rmean"]],
                                     std_error = t[["se(rmean)"]]))
    }
  }
  if (delayed) for (strata in c("none", "stratum")) {
    right <- if (strata == "none") "factor(group)" else "factor(group) + strata(stratum)"
    fit <- coxph(as.formula(paste("y ~", right)), data = d, ties = if (name == "heart_entry") "exact" else "breslow")
    late <- add(late, data.frame(data = name, strata = strata, ties = fit$method, statistic = fit$score,
                                 df = length(coef(fit))))
  }
  if (!delayed) for (x in c("x1", "x2")) {
    other <- setdiff(c("x1", "x2", "x3"), x)
    fit <- coxph(as.formula(paste("y ~", paste(other, collapse = "+"))), data = d, control = control)
    l <- lowess(d[[x]], residuals(fit, type = "martingale"))
    lowess_line <- add(lowess_line, data.frame(data = name, variable = x, x = l$x, y = l$y)[!duplicated(l$x), ])
  }
}
save_values(do.call(rbind, zph), "zph.csv")
save_values(do.call(rbind, influence), "influence.csv")
save_values(do.call(rbind, schoenfeld), "schoenfeld.csv")
save_values(do.call(rbind, rmean), "restricted_mean.csv")
save_values(do.call(rbind, late), "logrank_entry.csv")
save_values(do.call(rbind, lowess_line), "lowess.csv")
cat(R.version.string, "survival", as.character(packageVersion("survival")), "\n")
