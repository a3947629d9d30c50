# Cohort tables: those of the config through their doors, and the patients of the sheets.
rule import_cohort:
    input:
        lookups.cohort_inputs,
    output:
        cohort=f"{layout.results}/cohort/{{cohort}}.parquet",
    log:
        "logs/import_cohort/{cohort}.log",
    benchmark:
        "logs/benchmarks/import_cohort/{cohort}.tsv"
    wildcard_constraints:
        cohort=lookups.constraint(lookups.cohort_names()),
    priority: 10  # training waits for it
    conda:
        "../../envs/features.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    params:
        options=lookups.cohort_options,
        content=lookups.cohort_stamp,
    shell:
        "oncoloom cohort import {params.options} --output {output.cohort:q} > {log:q} 2>&1"


rule build_cohort:
    input:
        unpack(lookups.build_inputs),
    output:
        cohort=layout.cohort,
    log:
        f"logs/build_cohort/{layout.subset or 'all'}.log",
    benchmark:
        f"logs/benchmarks/build_cohort/{layout.subset or 'all'}.tsv"
    conda:
        "../../envs/features.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    params:
        options=lookups.build_options,
        patients=lookups.patients_digest(),
        sheet=lookups.patients_sheet,
    shell:
        "oncoloom cohort build --features {input.features:q} {params.options} --patients {params.sheet:q}"
        " --output {output.cohort:q} > {log:q} 2>&1"
