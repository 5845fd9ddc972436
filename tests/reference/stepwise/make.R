# Stepwise Cox models by R's step. Run in this folder: Rscript make.R
library(survival)
save_values <- function(frame, name) write.csv(
  as.data.frame(lapply(frame, function(v) if (is.numeric(v)) trimws(formatC(v, digits = 13, format = "g")) else v)),
  name, row.names = FALSE, quote = FALSE)
set.seed(3)
data <- list()
l <- na.omit(lung[, c("time", "status", "age", "sex", "ph.ecog", "ph.karno", "pat.karno", "meal.cal", "wt.loss")])
data$lung <- data.frame(time = l$time, event = l$status - 1, age = l$age, sex = ifelse(l$sex == 1, "male", "female"),
  ecog = paste0("ps", l$ph.ecog), karno = l$ph.karno, patient_karno = l$pat.karno, calories = l$meal.cal / 100,
  weight_loss = l$wt.loss)
v <- veteran
data$veteran <- data.frame(time = v$time, event = v$status, treatment = paste0("t", v$trt),
  celltype = as.character(v$celltype), karno = v$karno, months = v$diagtime, age = v$age, prior = paste0("p", v$prior))
k <- na.omit(colon[colon$etype == 1, ])[1:500, ]
data$colon_ties <- data.frame(time = ceiling(k$time / 182.5), event = k$status, rx = as.character(k$rx),
  sex = paste0("s", k$sex), age = k$age, obstruct = k$obstruct, perfor = k$perfor, adhere = k$adhere, nodes = k$nodes,
  differ = paste0("d", k$differ), extent = paste0("e", k$extent), surg = k$surg)
p <- na.omit(pbc[, c("time", "status", "trt", "age", "sex", "ascites", "hepato", "spiders", "edema", "bili", "chol",
                     "albumin", "copper", "alk.phos", "ast", "trig", "platelet", "protime", "stage")])
data$pbc <- data.frame(time = p$time, event = as.integer(p$status == 2), treatment = paste0("t", p$trt),
  age = p$age / 10, sex = as.character(p$sex), ascites = p$ascites, hepato = p$hepato, spiders = p$spiders,
  edema = p$edema, bili = log(p$bili), chol = p$chol / 100, albumin = p$albumin, copper = p$copper / 100,
  ast = p$ast / 100, platelet = p$platelet / 100, protime = p$protime, stage = paste0("s", p$stage))
m <- na.omit(mgus[, c("age", "sex", "futime", "death", "alb", "hgb", "creat", "mspike")])
data$mgus_entry <- data.frame(time = m$age + ceiling((m$futime + 1) / 365.25), event = m$death, entry = m$age,
  sex = as.character(m$sex), albumin = m$alb, haemoglobin = m$hgb, creatinine = m$creat, spike = m$mspike)
d <- data.frame(matrix(round(rnorm(80 * 4), 3), 80))
names(d) <- paste0("noise", 1:4)
d$time <- round(rexp(80) * 100) + 1
d$event <- rbinom(80, 1, 0.7)
data$noise <- d
# Seven correlated columns, found by search: the walk in both directions adds one of them again.
data$correlated <- read.csv("input_correlated.csv")

path <- list(); final <- list()
control <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 60)
for (name in names(data)) {
  d <- data[[name]]
  write.csv(format(d, digits = 15, trim = TRUE), paste0("data_", name, ".csv"), row.names = FALSE, quote = FALSE)
  variables <- setdiff(names(d), c("time", "event", "entry"))
  y <- if ("entry" %in% names(d)) "Surv(entry, time, event)" else "Surv(time, event)"
  for (direction in c("backward", "both")) for (by in c("aic", "bic")) {
    full <- coxph(as.formula(paste(y, "~", paste(variables, collapse = "+"))), data = d, control = control)
    k <- if (by == "aic") 2 else log(sum(d$event))
    chosen <- step(full, direction = direction, k = k, trace = 0)
    a <- chosen$anova
    path[[length(path) + 1]] <- data.frame(data = name, direction = direction, by = by, step = seq_len(nrow(a)) - 1,
      change = gsub(" ", "", a$Step), criterion = a$AIC)
    ll <- if (is.null(chosen$coefficients)) chosen$loglik[1] else chosen$loglik[2]
    final[[length(final) + 1]] <- data.frame(data = name, direction = direction, by = by,
      variables = paste(attr(terms(chosen), "term.labels"), collapse = " "), loglik = ll)
  }
}
save_values(do.call(rbind, path), "path.csv")
save_values(do.call(rbind, final), "final.csv")
cat(R.version.string, "survival", as.character(packageVersion("survival")), "\n")
