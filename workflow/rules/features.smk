# Features of a patient, with the tables that its report reads.
rule features:
    input:
        unpack(lookups.feature_inputs),
    output:
        row=f"{layout.results}/features/{{patient_id}}.parquet",
        tables=multiext(
            f"{layout.results}/features/{{patient_id}}/",
            "variants.parquet",
            "segments.parquet",
            "assessability.parquet",
            "hotspots.parquet",
            "spectrum.parquet",
            "signatures.parquet",
            "msi_loci.parquet",
            "coverage.parquet",
            "drivers.parquet",
        ),
    log:
        "logs/features/{patient_id}.log",
    benchmark:
        "logs/benchmarks/features/{patient_id}.tsv"
    conda:
        "../../envs/features.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    params:
        options=lookups.feature_options,
        settings=lookups.section("features", "seed"),
        calls=lookups.calls_folder,
        config=lookups.config_path,
    shell:
        "oncoloom features --calls {params.calls:q} --reference {input.reference:q} {params.options}"
        " --patient-id {wildcards.patient_id:q} --qc {input.qc:q} --config {params.config:q}"
        " --output {output.row:q} > {log:q} 2>&1"
