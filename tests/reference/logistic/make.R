# Logistic regression by R's glm and logistf, run in this folder: Rscript make.R [library with logistf]
library_path <- commandArgs(trailingOnly = TRUE)
if (length(library_path)) .libPaths(c(library_path, .libPaths()))
library(logistf)
library(brglm2)
options(digits = 17)

set.seed(20)
n <- 80
d <- data.frame(
  age = round(rnorm(n, 60, 12)), size = round(rexp(n, 1 / 60), 1), sex = rbinom(n, 1, 0.4),
  grade = sample(1:3, n, TRUE, c(0.25, 0.35, 0.4)), weight = sample(1:3, n, TRUE), offset = round(rnorm(n, 0, 0.4), 3)
)
d$y <- rbinom(n, 1, plogis(-4 + 0.03 * d$age + 0.01 * d$size + 0.5 * d$sex + 0.5 * (d$grade == 3)))
# Nobody with this mark is of the positive class: separated.
d$mark <- as.integer(d$y == 0 & runif(n) < 0.3)
write.csv(d, "data.csv", row.names = FALSE)

exact <- glm.control(epsilon = 1e-15, maxit = 100)
plain <- y ~ age + size + sex + I(grade == 2) + I(grade == 3)
marked <- update(plain, . ~ . + mark)
names_of <- c("intercept", "age", "size", "sex", "grade2", "grade3", "mark")
rows <- list()
keep <- function(model, coef, se, lower, upper, p, loglik, null) {
  k <- length(coef)
  rows[[length(rows) + 1]] <<- data.frame(
    model = model, term = names_of[seq_len(k)], coef = unname(coef), se = unname(se), lower = unname(lower),
    upper = unname(upper), p_value = unname(p), loglik = loglik, loglik_null = null
  )
}

# Profile limits of the ordinary likelihood by root finding on refits with the coefficient as an offset.
profile_limits <- function(formula, data, weights, offset) {
  x <- model.matrix(formula, data)
  fit <- glm.fit(x, data$y, weights = weights, offset = offset, family = binomial(), control = exact)
  se <- sqrt(diag(chol2inv(qr.R(fit$qr))))
  limits <- sapply(seq_len(ncol(x)), function(j) {
    drop_to <- function(b) {
      other <- glm.fit(x[, -j, drop = FALSE], data$y, weights = weights, offset = offset + b * x[, j],
                       family = binomial(), control = exact)
      other$deviance - fit$deviance - qchisq(0.95, 1)
    }
    b <- fit$coefficients[j]
    c(uniroot(drop_to, c(b - 8 * se[j], b), tol = 1e-12)$root, uniroot(drop_to, c(b, b + 8 * se[j]), tol = 1e-12)$root)
  })
  t(limits)
}
for (case in c("plain", "weighted")) {
  w <- if (case == "plain") rep(1, n) else d$weight
  o <- if (case == "plain") rep(0, n) else d$offset
  d$w <- w; d$o <- o
  fit <- glm(plain, binomial, d, weights = w, offset = o, control = exact)
  null <- glm(y ~ 1, binomial, d, weights = w, offset = o, control = exact)
  s <- coef(summary(fit)); ci <- profile_limits(plain, d, w, o)
  keep(paste0("glm_", case), s[, 1], s[, 2], ci[, 1], ci[, 2], s[, 4], as.numeric(logLik(fit)), as.numeric(logLik(null)))
}

tight <- logistf.control(maxit = 1000, maxstep = 5, lconv = 1e-14, gconv = 1e-12, xconv = 1e-12)
profile_tight <- logistpl.control(maxit = 1000, maxstep = 5, lconv = 1e-12, xconv = 1e-12)
for (case in c("plain", "marked", "weighted")) {
  d$w <- if (case == "weighted") d$weight else rep(1, n)
  formula <- if (case == "marked") marked else plain
  fit <- logistf(formula, d, weights = w, pl = TRUE, firth = TRUE, control = tight, plcontrol = profile_tight)
  # logistf reports the covariance of its augmented data; the information at the estimate is what brglm2 inverts.
  reduced <- glm(formula, binomial, d, weights = w, method = "brglmFit", type = "AS_mean", epsilon = 1e-13, maxit = 1000)
  stopifnot(max(abs(coef(reduced) - fit$coefficients)) < 1e-8)
  keep(paste0("logistf_", case), fit$coefficients, sqrt(diag(vcov(reduced))), fit$ci.lower, fit$ci.upper, fit$prob,
       fit$loglik[["full"]], fit$loglik[["null"]])
}
write.csv(do.call(rbind, rows), "fits.csv", row.names = FALSE)

cat(R.version.string, "logistf", as.character(packageVersion("logistf")), "brglm2", as.character(packageVersion("brglm2")), "\n")
