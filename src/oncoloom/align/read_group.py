"""The read group line of an alignment: which sample the reads belong to."""

import re

from oncoloom.errors import UsageError

_SAMPLE_NAME = re.compile(r"[!-~]+")


def read_group_line(sample: str | None, line: str | None, *, fallback: str) -> str:
    r"""The @RG line with ``\t`` between its fields, as bwa takes it.

    Parameters
    ----------
    sample
        Sample name.
    line
        A line of the user's own, with tabs or ``\t``.
    fallback
        Sample name where neither is given.

    Raises
    ------
    UsageError
        If the line is not an @RG line with ID and SM, is of another sample, or a name holds blanks.
    """
    if line is None:
        name = sample or fallback
        _check_name(name)
        return rf"@RG\tID:{name}\tSM:{name}\tLB:{name}\tPL:ILLUMINA"
    fields = line.replace("\\t", "\t").split("\t")
    tags = dict(field.split(":", 1) for field in fields[1:] if ":" in field)
    if fields[0] != "@RG" or not tags.get("ID") or not tags.get("SM") or "\n" in line:
        raise UsageError(
            "not a read group line", found=line, expected=r"'@RG\tID:lane1\tSM:sample', fields joined by \t"
        )
    if sample is not None and tags["SM"] != sample:
        raise UsageError(
            "the read group is of another sample",
            expected=f"SM:{sample}",
            found=f"SM:{tags['SM']}",
            remedy="give --sample or --read-group, not both",
        )
    return "\\t".join(fields)


def _check_name(name: str) -> None:
    if not _SAMPLE_NAME.fullmatch(name):
        raise UsageError("a sample name may not hold blanks", found=repr(name))
