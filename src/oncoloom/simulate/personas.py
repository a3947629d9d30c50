"""The patients with reads: what each one's story is, declared and not drawn."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Persona:
    """One patient with reads.

    Attributes
    ----------
    drivers
        Planted somatic changes: ``GENE:V600E`` (protein), ``GENE:del2235_2249`` or ``GENE:dup5266`` (coding
        bases), each optionally followed by ``@0.3``, the share of tumor cells that carry it.
    germline
        The same for inherited ones.
    copies
        Gene or ``MARK1``/``MARK2`` to copies of the two haplotypes in tumor cells; elsewhere (1, 1).
    passengers
        Further somatic single-base changes and short indels.
    signature
        ``aging``, ``uv``, ``smoking`` or ``mmr``: which bases passengers change.
    normal_of
        Patient whose normal was taken by mistake, as an index into the scenario; None = the right one.
    ffpe
        Formalin damage of the tumor library, as a multiple of the low default.
    known
        Clinical traits that belong to the story; the others are drawn.
    """

    title: str
    oncotree_code: str
    sex: str
    therapy: str
    purity: float
    drivers: tuple[str, ...] = ()
    germline: tuple[str, ...] = ()
    copies: dict[str, tuple[int, int]] = field(default_factory=dict)
    msi_high: bool = False
    passengers: int = 14
    signature: str = "aging"
    normal_of: int | None = None
    ffpe: float = 1.0
    known: dict[str, object] = field(default_factory=dict)


_PD1, _PLATINUM, _TARGETED = "PD-1 inhibitor", "platinum chemotherapy", "targeted therapy"

PERSONAS: tuple[Persona, ...] = (
    Persona(
        "BRAF V600E melanoma", "MEL", "male", _PD1, 0.70, ("BRAF:V600E",),
        copies={"PTEN": (1, 0)}, passengers=30, signature="uv",
        known={"tmb": 21.0, "pdl1_tps": 60.0},
    ),
    Persona(
        "EGFR L858R lung adenocarcinoma", "LUAD", "female", _TARGETED, 0.55, ("EGFR:L858R", "TP53:R273H"),
        copies={"EGFR": (3, 1)}, known={"tmb": 2.9, "pdl1_tps": 5.0, "smoking": "never"},
    ),
    Persona(
        "EGFR exon 19 deletion with a T790M subclone", "LUAD", "female", _TARGETED, 0.65,
        ("EGFR:del2235_2249", "EGFR:T790M@0.3", "TP53:R175H"),
        known={"tmb": 3.4, "pdl1_tps": 0.0, "smoking": "former", "prior_systemic_therapy": 1},
    ),
    Persona(
        "KRAS G12D colon cancer", "COAD", "male", _PLATINUM, 0.60,
        ("KRAS:G12D", "APC:R1450*", "TP53:R175H", "PIK3CA:E545K@0.6"),
        copies={"APC": (2, 0), "MARK1": (2, 1)}, ffpe=6.0, known={"tmb": 5.2, "pdl1_tps": 0.0},
    ),
    Persona(
        "mismatch-repair deficient endometrial cancer", "UCEC", "female", _PD1, 0.70,
        ("MLH1:R226*", "PTEN:R130*", "PIK3CA:H1047R"),
        copies={"MLH1": (1, 0)}, msi_high=True, passengers=55, signature="mmr",
        known={"tmb": 38.0, "pdl1_tps": 40.0},
    ),
    Persona(
        "homologous-recombination deficient ovarian cancer", "HGSOC", "female", _PLATINUM, 0.75,
        ("TP53:R248Q",), germline=("BRCA1:dup5266",),
        copies={"BRCA1": (2, 0), "TP53": (1, 0), "BRAF": (3, 1), "PTEN": (1, 0), "MLH1": (1, 0),
                "PIK3CA": (3, 1), "MARK1": (3, 0), "STK11": (1, 0)},
        known={"hrd_sum": 58, "tmb": 3.1, "pdl1_tps": 0.0},
    ),
    Persona(
        "ERBB2-amplified breast cancer", "BRCA", "female", _TARGETED, 0.60, ("PIK3CA:H1047R", "TP53:R213*"),
        copies={"ERBB2": (14, 1), "TP53": (1, 0)}, known={"tmb": 2.2, "pdl1_tps": 0.0},
    ),
    Persona(
        "lung adenocarcinoma of low purity", "LUAD", "male", _PD1, 0.25, ("KRAS:G12C", "STK11:Q37*"),
        passengers=18, signature="smoking", known={"tmb": 9.0, "pdl1_tps": 0.0, "smoking": "current"},
    ),
    Persona(
        "KRAS G13D colon cancer whose normal is another person's", "COAD", "female", _PLATINUM, 0.60,
        ("KRAS:G13D", "APC:R876*", "TP53:R248W"), normal_of=3, known={"tmb": 4.8, "pdl1_tps": 0.0},
    ),
    Persona(
        "breast cancer without a somatic change in the panel", "BRCA", "female", _PLATINUM, 0.50,
        passengers=0, known={"tmb": 0.9, "pdl1_tps": 10.0},
    ),
    Persona(
        "lung adenocarcinoma with high PD-L1", "LUAD", "male", _PD1, 0.50, ("KRAS:G12C", "TP53:R249S"),
        copies={"MARK2": (2, 2)}, passengers=24, signature="smoking",
        known={"tmb": 14.0, "pdl1_tps": 90.0, "smoking": "current"},
    ),
    Persona(
        "inherited BRCA2 deletion, PTEN lost in the tumor", "BRCA", "female", _PLATINUM, 0.65,
        ("PIK3CA:E545K", "TP53:Y220C"), germline=("BRCA2:del5946_5946",),
        copies={"PTEN": (0, 0), "BRCA2": (1, 0)}, known={"hrd_sum": 49, "tmb": 3.0, "pdl1_tps": 0.0},
    ),
)  # fmt: skip

SMALL_PERSONAS: tuple[int, ...] = (0, 4, 6, 8)
