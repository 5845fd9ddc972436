"""What the methods text cites, by a short name."""

from __future__ import annotations

from radiogenomics.report._methods_models import MODEL_REFERENCES

REFERENCES: dict[str, str] = {
    **MODEL_REFERENCES,
    "combat": "Johnson WE, Li C, Rabinovic A. Adjusting batch effects in microarray expression data using empirical "
    "Bayes methods. Biostatistics 2007;8:118–127. doi:10.1093/biostatistics/kxj037",
    "schonemann": "Schönemann PH. A generalized solution of the orthogonal Procrustes problem. Psychometrika "
    "1966;31:1–10. doi:10.1007/BF02289451",
    "shrout": "Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability. Psychological "
    "Bulletin 1979;86:420–428. doi:10.1037/0033-2909.86.2.420",
    "koo": "Koo TK, Li MY. A guideline of selecting and reporting intraclass correlation coefficients for reliability "
    "research. Journal of Chiropractic Medicine 2016;15:155–163. doi:10.1016/j.jcm.2016.02.012",
    "monti": "Monti S, Tamayo P, Mesirov J, Golub T. Consensus clustering. Machine Learning 2003;52:91–118. "
    "doi:10.1023/A:1023949509487",
    "pac": "Șenbabaoğlu Y, Michailidis G, Li JZ. Critical limitations of consensus clustering in class discovery. "
    "Scientific Reports 2014;4:6207. doi:10.1038/srep06207",
    "m3c": "John CR, Watson D, Russ D, et al. M3C: Monte Carlo reference-based consensus clustering. "
    "Scientific Reports 2020;10:1816. doi:10.1038/s41598-020-58766-1",
    "kaplan": "Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. Journal of the American "
    "Statistical Association 1958;53:457–481. doi:10.1080/01621459.1958.10501452",
    "mantel": "Mantel N. Evaluation of survival data and two new rank order statistics arising in its consideration. "
    "Cancer Chemotherapy Reports 1966;50:163–170.",
    "harrington": "Harrington DP, Fleming TR. A class of rank test procedures for censored survival data. Biometrika "
    "1982;69:553–566. doi:10.1093/biomet/69.3.553",
    "tarone": "Tarone RE. Tests for trend in life table analysis. Biometrika 1975;62:679–690. "
    "doi:10.1093/biomet/62.3.679",
    "cox": "Cox DR. Regression models and life-tables. Journal of the Royal Statistical Society B 1972;34:187–220. "
    "doi:10.1111/j.2517-6161.1972.tb00899.x",
    "efron": "Efron B. The efficiency of Cox's likelihood function for censored data. Journal of the American "
    "Statistical Association 1977;72:557–565. doi:10.1080/01621459.1977.10480613",
    "harrell": "Harrell FE, Lee KL, Mark DB. Multivariable prognostic models. Statistics in Medicine 1996;15:361–387. "
    "doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4",
    "nadeau": "Nadeau C, Bengio Y. Inference for the generalization error. Machine Learning 2003;52:239–281. "
    "doi:10.1023/A:1024068626366",
    "uno": "Uno H, Cai T, Pencina MJ, D'Agostino RB, Wei LJ. On the C-statistics for evaluating overall adequacy of "
    "risk prediction procedures with censored survival data. Statistics in Medicine 2011;30:1105–1117. "
    "doi:10.1002/sim.4154",
    "graf": "Graf E, Schmoor C, Sauerbrei W, Schumacher M. Assessment and comparison of prognostic classification "
    "schemes for survival data. Statistics in Medicine 1999;18:2529–2545.",
    "riley": "Riley RD, Ensor J, Snell KIE, et al. Calculating the sample size required for developing a clinical "
    "prediction model. BMJ 2020;368:m441. doi:10.1136/bmj.m441",
    "bh": "Benjamini Y, Hochberg Y. Controlling the false discovery rate. Journal of the Royal Statistical Society B "
    "1995;57:289–300. doi:10.1111/j.2517-6161.1995.tb02031.x",
    "cramer": "Cramér H. Mathematical Methods of Statistics. Princeton University Press, 1946.",
    "snf": "Wang B, Mezlini AM, Demir F, et al. Similarity network fusion for aggregating data types on a genomic "
    "scale. Nature Methods 2014;11:333–337. doi:10.1038/nmeth.2810",
    "coca": "Hoadley KA, Yau C, Wolf DM, et al. Multiplatform analysis of 12 cancer types reveals molecular "
    "classification within and across tissues of origin. Cell 2014;158:929–944. doi:10.1016/j.cell.2014.06.049",
    "mofa": "Argelaguet R, Arnol D, Bredikhin D, et al. MOFA+: a statistical framework for comprehensive integration "
    "of multi-modal single-cell data. Genome Biology 2020;21:111. doi:10.1186/s13059-020-02015-1",
    "rand": "Hubert L, Arabie P. Comparing partitions. Journal of Classification 1985;2:193–218. "
    "doi:10.1007/BF01908075",
    "armitage": "Armitage P. Tests for linear trends in proportions and frequencies. Biometrics 1955;11:375–386. "
    "doi:10.2307/3001775",
    "fisher": "Freeman GH, Halton JH. Note on an exact treatment of contingency, goodness of fit and other problems of "
    "significance. Biometrika 1951;38:141–149. doi:10.1093/biomet/38.1-2.141",
    "kruskal": "Kruskal WH, Wallis WA. Use of ranks in one-criterion variance analysis. Journal of the American "
    "Statistical Association 1952;47:583–621. doi:10.1080/01621459.1952.10483441",
    "westfall": "Westfall PH, Young SS. Resampling-based multiple testing. Wiley, 1993.",
    "freedman": "Freedman D, Lane D. A nonstochastic interpretation of reported significance levels. Journal of "
    "Business & Economic Statistics 1983;1:292–298. doi:10.1080/07350015.1983.10509354",
    "witten": "Witten DM, Tibshirani R, Hastie T. A penalized matrix decomposition, with applications to sparse "
    "principal components and canonical correlation analysis. Biostatistics 2009;10:515–534. "
    "doi:10.1093/biostatistics/kxp008",
    "lecao": "Lê Cao KA, Martin PGP, Robert-Granié C, Besse P. Sparse canonical methods for biological data integration"
    ": application to a cross-platform study. BMC Bioinformatics 2009;10:34. doi:10.1186/1471-2105-10-34",
    "akaike": "Akaike H. A new look at the statistical model identification. IEEE Transactions on Automatic Control "
    "1974;19:716–723. doi:10.1109/TAC.1974.1100705",
    "volinsky": "Volinsky CT, Raftery AE. Bayesian information criterion for censored survival models. Biometrics "
    "2000;56:256–262. doi:10.1111/j.0006-341X.2000.00256.x",
    "sauerbrei": "Sauerbrei W, Schumacher M. A bootstrap resampling procedure for model building: application to the "
    "Cox regression model. Statistics in Medicine 1992;11:2093–2109. doi:10.1002/sim.4780111607",
    "grambsch": "Grambsch PM, Therneau TM. Proportional hazards tests and diagnostics based on weighted residuals. "
    "Biometrika 1994;81:515–526. doi:10.1093/biomet/81.3.515",
    "aalen": "Aalen OO, Johansen S. An empirical transition matrix for non-homogeneous Markov chains based on censored "
    "observations. Scandinavian Journal of Statistics 1978;5:141–150.",
    "gray": "Gray RJ. A class of k-sample tests for comparing the cumulative incidence of a competing risk. The Annals "
    "of Statistics 1988;16:1141–1154. doi:10.1214/aos/1176350951",
    "fine": "Fine JP, Gray RJ. A proportional hazards model for the subdistribution of a competing risk. Journal of "
    "the American Statistical Association 1999;94:496–509. doi:10.1080/01621459.1999.10474144",
    "welch": "Welch BL. The generalization of Student's problem when several different population variances are "
    "involved. Biometrika 1947;34:28–35. doi:10.1093/biomet/34.1-2.28",
    "tibshirani": "Tibshirani R, Hastie T, Narasimhan B, Chu G. Diagnosis of multiple cancer types by shrunken "
    "centroids of gene expression. PNAS 2002;99:6567–6572. doi:10.1073/pnas.082099299",
    "limma": "Law CW, Chen Y, Shi W, Smyth GK. voom: precision weights unlock linear model analysis tools for RNA-seq "
    "read counts. Genome Biology 2014;15:R29. doi:10.1186/gb-2014-15-2-r29",
    "deseq2": "Love MI, Huber W, Anders S. Moderated estimation of fold change and dispersion for RNA-seq data with "
    "DESeq2. Genome Biology 2014;15:550. doi:10.1186/s13059-014-0550-8",
    "pydeseq2": "Muzellec B, Teleńczuk M, Cabeli V, Andreux M. PyDESeq2: a python package for bulk RNA-seq "
    "differential expression analysis. Bioinformatics 2023;39:btad547. doi:10.1093/bioinformatics/btad547",
    "gsea": "Subramanian A, Tamayo P, Mootha VK, et al. Gene set enrichment analysis. PNAS 2005;102:15545–15550. "
    "doi:10.1073/pnas.0506580102",
    "gseapy": "Fang Z, Liu X, Peltz G. GSEApy: a comprehensive package for performing gene set enrichment analysis in "
    "Python. Bioinformatics 2023;39:btac757. doi:10.1093/bioinformatics/btac757",
    "msigdb": "Liberzon A, Birger C, Thorvaldsdóttir H, et al. The Molecular Signatures Database hallmark gene set "
    "collection. Cell Systems 2015;1:417–425. doi:10.1016/j.cels.2015.12.004",
    "pyradiomics": "van Griethuysen JJM, Fedorov A, Parmar C, et al. Computational radiomics system to decode the "
    "radiographic phenotype. Cancer Research 2017;77:e104–e107. doi:10.1158/0008-5472.CAN-17-0339",
    "ibsi": "Zwanenburg A, Vallières M, Abdalah MA, et al. The Image Biomarker Standardization Initiative. Radiology "
    "2020;295:328–338. doi:10.1148/radiol.2020191145",
    "sitk": "Lowekamp BC, Chen DT, Ibáñez L, Blezek D. The design of SimpleITK. Frontiers in Neuroinformatics "
    "2013;7:45. doi:10.3389/fninf.2013.00045",
    "n4": "Tustison NJ, Avants BB, Cook PA, et al. N4ITK: improved N3 bias correction. IEEE Transactions on Medical "
    "Imaging 2010;29:1310–1320. doi:10.1109/TMI.2010.2046908",
    "collewet": "Collewet G, Strzelecki M, Mariette F. Influence of MRI acquisition protocols and image intensity "
    "normalization methods on texture classification. Magnetic Resonance Imaging 2004;22:81–91. "
    "doi:10.1016/j.mri.2003.09.001",
    "nyul": "Nyúl LG, Udupa JK, Zhang X. New variants of a method of MRI scale standardization. IEEE Transactions on "
    "Medical Imaging 2000;19:143–150. doi:10.1109/42.836373",
    "muon": "Bredikhin D, Kats I, Stegle O. MUON: multimodal omics analysis framework. Genome Biology 2022;23:42. "
    "doi:10.1186/s13059-021-02577-8",
    "anndata": "Virshup I, Rybakov S, Theis FJ, Angerer P, Wolf FA. anndata: access and store annotated data matrices. "
    "Journal of Open Source Software 2024;9:4371. doi:10.21105/joss.04371",
    "sklearn": "Pedregosa F, Varoquaux G, Gramfort A, et al. Scikit-learn: machine learning in Python. Journal of "
    "Machine Learning Research 2011;12:2825–2830.",
}

#: Key in the manual's bibliography (``vignettes/references.bib``) of every reference.
BIBTEX: dict[str, str] = {
    "cox1958": "Cox1958",
    "rms": "Harrell2015",
    "hosmer": "Hosmer1980",
    "holm": "Holm1979",
    "firth": "HeinzeSchemper2001",
    "he": "He2016",
    "lasso": "Tibshirani1996",
    "friedman": "Friedman2010",
    "simon": "Simon2011",
    "smote": "Chawla2002",
    "delong": "DeLong1988",
    "wilson": "Wilson1927",
    "vancalster": "VanCalster2016",
    "vickers": "Vickers2006",
    "heagerty": "Heagerty2000",
    "hung": "Hung2010",
    "combat": "Johnson2007",
    "schonemann": "Schonemann1966",
    "shrout": "Shrout1979",
    "koo": "Koo2016",
    "monti": "Monti2003",
    "pac": "Senbabaoglu2014",
    "m3c": "John2020",
    "kaplan": "Kaplan1958",
    "mantel": "Mantel1966",
    "harrington": "Harrington1982",
    "tarone": "Tarone1975",
    "cox": "Cox1972",
    "efron": "Efron1977",
    "harrell": "Harrell1996",
    "nadeau": "Nadeau2003",
    "uno": "Uno2011",
    "graf": "Graf1999",
    "riley": "Riley2020",
    "bh": "Benjamini1995",
    "cramer": "Cramer1946",
    "snf": "Wang2014",
    "coca": "Hoadley2014",
    "mofa": "Argelaguet2020",
    "rand": "Hubert1985",
    "armitage": "Armitage1955",
    "fisher": "Freeman1951",
    "kruskal": "Kruskal1952",
    "westfall": "Westfall1993",
    "freedman": "Freedman1983",
    "witten": "Witten2009",
    "lecao": "LeCao2009",
    "akaike": "Akaike1974",
    "volinsky": "Volinsky2000",
    "sauerbrei": "Sauerbrei1992",
    "grambsch": "Grambsch1994",
    "aalen": "Aalen1978",
    "gray": "Gray1988",
    "fine": "Fine1999",
    "welch": "Welch1947",
    "tibshirani": "Tibshirani2002",
    "limma": "Law2014",
    "deseq2": "Love2014",
    "pydeseq2": "Muzellec2023",
    "gsea": "Subramanian2005",
    "gseapy": "Fang2023",
    "msigdb": "Liberzon2015",
    "pyradiomics": "vanGriethuysen2017",
    "ibsi": "Zwanenburg2020",
    "sitk": "Lowekamp2013",
    "n4": "Tustison2010",
    "collewet": "Collewet2004",
    "nyul": "Nyul2000",
    "muon": "Bredikhin2022",
    "anndata": "Virshup2024",
    "sklearn": "Pedregosa2011",
}
