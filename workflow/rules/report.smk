# Reads over the variants that a report shows, gathered while the reads are there.
rule evidence:
    input:
        unpack(lookups.evidence_inputs),
    output:
        strips=f"{layout.results}/evidence/{{patient_id}}.json",
    log:
        "logs/evidence/{patient_id}.log",
    benchmark:
        "logs/benchmarks/evidence/{patient_id}.tsv"
    wildcard_constraints:
        patient_id=lookups.constraint(lookups.patients(entry="reads")),
    conda:
        "../../envs/reads.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    params:
        options=lookups.evidence_options,
        calls=lookups.calls_folder,
        content=lookups.reads_stamp,
    shell:
        "oncoloom evidence --calls {params.calls:q} --reference {input.reference:q} {params.options}"
        " --variants {input.variants:q} --patient-id {wildcards.patient_id:q}"
        " --strips {output.strips:q} > {log:q} 2>&1"


# Reports, or the page that says why there is none, and the overview of the project.
rule report:
    input:
        unpack(lookups.report_inputs),
        predictions=ancient(lookups.report_predictions),
    output:
        folder=report(
            directory(f"{layout.results}/patients/{{patient_id}}"),
            patterns=["{name}.html"],
            caption="../report/patient.rst",
            category="Patients",
            subcategory="{patient_id}",
        ),
    log:
        "logs/report/{patient_id}.log",
    benchmark:
        "logs/benchmarks/report/{patient_id}.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    params:
        options=lookups.report_options,
        patient=lookups.patient_row,
        clinic=lookups.clinic_rows,
        settings=lookups.section(
            "project_name", "reference", "report", "qc", "features", "clinical"
        ),
        calls=lookups.calls_folder,
        sheet=lookups.patients_sheet,
        config=lookups.config_path,
    shell:
        "oncoloom report build --patient-id {wildcards.patient_id:q} --qc {input.qc:q}"
        " --features {input.features:q} --calls {params.calls:q} {params.options}"
        " --patients {params.sheet:q} --config {params.config:q} --output {output.folder:q} > {log:q} 2>&1"


rule overview:
    input:
        lookups.overview_inputs,
    output:
        page=report(
            layout.overview, caption="../report/overview.rst", category="Overview"
        ),
    log:
        "logs/overview/overview.log",
    benchmark:
        "logs/benchmarks/overview/overview.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    params:
        settings=lookups.section("project_name", "report", "training"),
        patients=lookups.patients_digest(),
        config=lookups.config_path,
    shell:
        "oncoloom report overview --project . --config {params.config:q} --output {output.page:q} > {log:q} 2>&1"
