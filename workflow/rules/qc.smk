# Sample checks. A stop is a verdict in the file, never a failed job.
rule qc:
    input:
        calls=lookups.call_outputs,
    output:
        verdict=f"{layout.results}/qc/{{patient_id}}.json",
    log:
        "logs/qc/{patient_id}.log",
    benchmark:
        "logs/benchmarks/qc/{patient_id}.tsv"
    conda:
        "../../envs/features.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    params:
        options=lookups.qc_options,
        settings=lookups.section("qc"),
        calls=lookups.calls_folder,
        config=lookups.config_path,
    shell:
        "oncoloom qc --calls {params.calls:q} --patient-id {wildcards.patient_id:q} {params.options}"
        " --config {params.config:q} --output {output.verdict:q} > {log:q} 2>&1"
