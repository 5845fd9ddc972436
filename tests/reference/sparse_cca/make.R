# Rscript make.R: values of PMA's CCA at given penalties.
library(PMA)
x <- as.matrix(read.csv("x.csv"))
z <- as.matrix(read.csv("z.csv"))
for (pen in list(c(0.3, 0.3), c(0.5, 0.2), c(1, 1))) {
  out <- CCA(x, z, typex = "standard", typez = "standard", penaltyx = pen[1], penaltyz = pen[2], K = 3, niter = 5000,
             trace = FALSE)
  name <- paste0(gsub("\\.", "", format(pen[1])), "_", gsub("\\.", "", format(pen[2])))
  write.csv(format(out$u, digits = 15), paste0("u_", name, ".csv"), row.names = FALSE, quote = FALSE)
  write.csv(format(out$v, digits = 15), paste0("v_", name, ".csv"), row.names = FALSE, quote = FALSE)
  write.csv(format(data.frame(d = out$d, cor = out$cors), digits = 15), paste0("d_", name, ".csv"), row.names = FALSE, quote = FALSE)
}
