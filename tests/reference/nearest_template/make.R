# Rscript make.R FOLDER: distances and p-values of CMScaller's ntp, sourced from FOLDER (its directory R).
folder <- commandArgs(trailingOnly = TRUE)[1]
for (file in c("corCosine.R", "rutils.R", "ntp.R")) source(file.path(folder, file))
set.seed(3)
p <- 300; n <- 24
x <- matrix(rnorm(p * n), p, dimnames = list(paste0("g", 1:p), paste0("p", 1:n)))
x[1:20, 1:6] <- x[1:20, 1:6] + 1
x[21:35, 7:12] <- x[21:35, 7:12] + 0.6
x[36:60, 13:18] <- x[36:60, 13:18] + 0.3
write <- function(m, name) write.csv(format(m, digits = 16, trim = TRUE), name, row.names = FALSE, quote = FALSE)
write(as.data.frame(t(x)), "x.csv")
x <- t(as.matrix(read.csv("x.csv"))); colnames(x) <- paste0("p", 1:n)
templates <- data.frame(probe = paste0("g", 1:60), class = rep(c("one", "two", "three"), c(20, 15, 25)))
for (k in 2:3) {
  own <- templates[templates$class %in% c("one", "two", "three")[1:k], ]
  own$class <- factor(own$class, levels = c("one", "two", "three")[1:k])
  out <- ntp(x, own, nPerm = 20000, seed = 1, nCores = 1)
  write(out, paste0("ntp_", k, ".csv"))
}
