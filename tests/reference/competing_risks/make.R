# Cumulative incidence, Gray's test and Fine-Gray models by R. Run in this folder: Rscript make.R
library(survival)
library(cmprsk)
save_values <- function(frame, name) write.csv(
  as.data.frame(lapply(frame, function(v) if (is.numeric(v)) trimws(formatC(v, digits = 13, format = "g")) else v)),
  name, row.names = FALSE, quote = FALSE)
set.seed(7)
data <- list()
m <- na.omit(mgus2[1:600, c("age", "sex", "hgb", "ptime", "pstat", "futime", "death")])
data$mgus2 <- data.frame(time = ifelse(m$pstat == 1, m$ptime, m$futime), cause = ifelse(m$pstat == 1, 1, 2 * m$death),
                         group = as.integer(m$sex), stratum = as.integer(m$hgb > 13), x1 = m$age, x2 = m$hgb)
p <- na.omit(pbc[, c("time", "status", "trt", "age", "stage", "bili")])
data$pbc <- data.frame(time = p$time, cause = c(0, 2, 1)[p$status + 1], group = p$stage, stratum = p$trt, x1 = p$age,
                       x2 = log(p$bili))
n <- 220
x <- rnorm(n)
first <- rexp(n, exp(0.6 * x)); second <- rexp(n, 0.7); end <- runif(n, 0, 3)
t <- pmin(first, second, end)
data$heavy_ties <- data.frame(time = ceiling(4 * t), cause = ifelse(t == end, 0, ifelse(t == first, 1, 2)),
                              group = sample(1:3, n, TRUE), stratum = sample(1:2, n, TRUE), x1 = x, x2 = rnorm(n))
data$three_causes <- data.frame(time = round(t, 2) + 0.01, cause = ifelse(t == end, 0, ifelse(t == first, 1, sample(2:3, n, TRUE))),
                                group = 1 + (x > 0.3), stratum = sample(1:2, n, TRUE), x1 = x, x2 = rnorm(n))
a <- na.omit(mgus2[601:1000, c("age", "sex", "hgb", "ptime", "pstat", "futime", "death")])
data$age_entry <- data.frame(time = a$age + ceiling((ifelse(a$pstat == 1, a$ptime, a$futime) + 1) / 12),
                             cause = ifelse(a$pstat == 1, 1, 2 * a$death), group = as.integer(a$sex),
                             stratum = as.integer(a$hgb > 13), x1 = a$hgb, x2 = a$hgb^2, entry = a$age)
curve <- list(); gray <- list(); model <- list()
add <- function(where, row) c(where, list(row))
for (name in names(data)) {
  d <- data[[name]]
  delayed <- "entry" %in% names(d)
  write.csv(format(d, digits = 15, trim = TRUE), paste0("data_", name, ".csv"), row.names = FALSE, quote = FALSE)
  status <- factor(d$cause, 0:max(d$cause))
  d$id <- seq_len(nrow(d))
  for (group in sort(unique(d$group))) {
    rows <- which(d$group == group)
    fit <- if (delayed) survfit(Surv(entry, time, status[rows]) ~ 1, data = d[rows, ], id = id, conf.type = "log-log")
           else survfit(Surv(time, status[rows]) ~ 1, data = d[rows, ], id = id, conf.type = "log-log")
    for (k in seq_len(max(d$cause))) {
      state <- match(as.character(k), fit$states)
      if (is.na(state)) next
      curve <- add(curve, data.frame(data = name, group = group, cause = k, time = fit$time,
        incidence = fit$pstate[, state], std_error = fit$std.err[, state], lower = fit$lower[, state],
        upper = fit$upper[, state], at_risk = fit$n.risk[, 1]))
    }
  }
  if (delayed) next
  for (strata in c("none", "stratum")) {
    layer <- if (strata == "none") rep(1, nrow(d)) else d$stratum
    tests <- cuminc(d$time, d$cause, group = d$group, strata = layer)$Tests
    gray <- add(gray, data.frame(data = name, strata = strata, cause = as.integer(rownames(tests)),
                                 statistic = tests[, "stat"], df = tests[, "df"]))
  }
  control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60)
  for (k in 1:2) {
    wide <- finegray(Surv(time, status) ~ ., data = cbind(d, status = status), etype = as.character(k))
    for (ties in c("efron", "breslow")) {
      fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x1 + x2, weights = fgwt, data = wide, cluster = id, ties = ties,
                   control = control)
      model <- add(model, data.frame(data = name, by = "finegray", ties = ties, cause = k, column = 1:2,
        coef = coef(fit), se = sqrt(diag(fit$naive.var)), robust_se = sqrt(diag(fit$var)), loglik = fit$loglik[2]))
    }
    fit <- crr(d$time, d$cause, as.matrix(d[, c("x1", "x2")]), failcode = k, gtol = 1e-12)
    model <- add(model, data.frame(data = name, by = "crr", ties = "breslow", cause = k, column = 1:2,
      coef = fit$coef, se = NA, robust_se = sqrt(diag(fit$var)), loglik = fit$loglik))
  }
}
save_values(do.call(rbind, curve), "curves.csv")
save_values(do.call(rbind, gray), "gray.csv")
save_values(do.call(rbind, model), "fine_gray.csv")
cat(R.version.string, "survival", as.character(packageVersion("survival")), "cmprsk",
    as.character(packageVersion("cmprsk")), "\n")
