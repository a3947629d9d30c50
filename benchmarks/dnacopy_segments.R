# DNAcopy's segments of bins, one call per chromosome (in a joint call it uses the first chromosome's weights
# for all). Arguments: a table (chrom, pos, log2, weight), alpha, seed, output. Prints the seconds of segment()
# alone, the stopping boundary computed once before.
suppressMessages(library(DNAcopy))
arguments <- commandArgs(trailingOnly = TRUE)
bins <- read.table(arguments[1], header = TRUE, sep = "\t", colClasses = c("character", "integer", "numeric", "numeric"))
alpha <- as.numeric(arguments[2])
seed <- as.integer(arguments[3])
boundary <- getbdry(0.05, 10000, floor(10000 * alpha) + 1)
spent <- 0
found <- list()
set.seed(seed)
for (name in unique(bins$chrom)) {
  part <- bins[bins$chrom == name, ]
  object <- CNA(part$log2, rep(1, nrow(part)), part$pos, data.type = "logratio", sampleid = "S")
  started <- proc.time()[["user.self"]]
  result <- segment(object, weights = part$weight, alpha = alpha, sbdry = boundary, verbose = 0)
  spent <- spent + proc.time()[["user.self"]] - started
  found[[name]] <- data.frame(chrom = name, n = result$output$num.mark)
}
write.table(do.call(rbind, found), arguments[4], sep = "\t", quote = FALSE, row.names = FALSE)
cat(spent, "\n")
