"""Names of common OncoTree codes (codes and names are facts; oncotree.mskcc.org, CC BY 4.0)."""

DISEASE_NAMES: dict[str, str] = {
    "AML": "Acute myeloid leukemia", "ANSC": "Anal squamous cell carcinoma", "BLCA": "Bladder urothelial carcinoma",
    "BRCA": "Invasive breast carcinoma", "CCRCC": "Renal clear cell carcinoma", "CESC": "Cervical squamous cell carcinoma",
    "CHOL": "Cholangiocarcinoma", "COAD": "Colon adenocarcinoma", "COADREAD": "Colorectal adenocarcinoma",
    "CUP": "Cancer of unknown primary", "CUTM": "Cutaneous melanoma", "DIFG": "Diffuse glioma",
    "DLBCLNOS": "Diffuse large B-cell lymphoma", "EGC": "Esophagogastric adenocarcinoma", "ESCA": "Esophageal adenocarcinoma",
    "ESCC": "Esophageal squamous cell carcinoma", "GBM": "Glioblastoma", "GIST": "Gastrointestinal stromal tumor",
    "HCC": "Hepatocellular carcinoma", "HGSOC": "High-grade serous ovarian cancer", "HNSC": "Head and neck squamous cell carcinoma",
    "IDC": "Breast invasive ductal carcinoma", "ILC": "Breast invasive lobular carcinoma", "LGSOC": "Low-grade serous ovarian cancer",
    "LUAD": "Lung adenocarcinoma", "LUSC": "Lung squamous cell carcinoma", "MEL": "Melanoma", "MEM": "Merkel cell carcinoma",
    "MPM": "Pleural mesothelioma", "NSCLC": "Non-small cell lung cancer", "OVT": "Ovarian tumor", "PAAD": "Pancreatic adenocarcinoma",
    "PANET": "Pancreatic neuroendocrine tumor", "PLMESO": "Pleural mesothelioma", "PRAD": "Prostate adenocarcinoma",
    "PRCC": "Papillary renal cell carcinoma", "READ": "Rectal adenocarcinoma", "SARCNOS": "Sarcoma", "SCLC": "Small cell lung cancer",
    "SKCM": "Cutaneous melanoma", "STAD": "Stomach adenocarcinoma", "TGCT": "Testicular germ cell tumor",
    "THPA": "Papillary thyroid cancer", "UCEC": "Endometrial carcinoma", "UCS": "Uterine carcinosarcoma", "UM": "Uveal melanoma",
    "UTUC": "Upper tract urothelial carcinoma",
}  # fmt: skip

UNKNOWN = "UNKNOWN"
