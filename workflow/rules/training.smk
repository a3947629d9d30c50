# Models. Each job here writes to the MLflow store, which takes one writer: the resource `mlflow` says so.
rule train:
    input:
        cohorts=lookups.training_cohorts,
    output:
        model=directory(f"{layout.results}/models/{{endpoint}}"),
    log:
        "logs/train/{endpoint}.log",
    benchmark:
        "logs/benchmarks/train/{endpoint}.tsv"
    priority: 10  # the longest job, and everybody's report waits for it: start it first
    conda:
        "../../envs/response.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.model_mb,
        runtime=job_sizes.model_minutes,
        mlflow=1,
    params:
        options=lookups.train_options,
        settings=lookups.section("training", "seed"),
        config=lookups.config_path,
    shell:
        "oncoloom train {params.options} --config {params.config:q} --output {output.model:q} > {log:q} 2>&1"


rule validate:
    input:
        model=lookups.model_inputs,
        cohort=f"{layout.results}/cohort/{{cohort}}.parquet",
        training=lookups.model_training,
    output:
        folder=directory(f"{layout.results}/validation/{{endpoint}}/{{cohort}}"),
    log:
        "logs/validate/{endpoint}/{cohort}.log",
    benchmark:
        "logs/benchmarks/validate/{endpoint}/{cohort}.tsv"
    conda:
        "../../envs/response.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.model_mb,
        runtime=job_sizes.model_minutes,
        mlflow=1,
    params:
        options=lookups.validate_options,
    shell:
        "oncoloom validate {params.options} --cohort {input.cohort:q} --output {output.folder:q} > {log:q} 2>&1"


rule predict:
    input:
        model=lookups.model_inputs,
        cohort=layout.cohort,
    output:
        predictions=layout.predictions,
    log:
        f"logs/predict/{layout.subset or 'all'}.log",
    benchmark:
        f"logs/benchmarks/predict/{layout.subset or 'all'}.tsv"
    conda:
        "../../envs/response.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.model_mb,
        runtime=job_sizes.model_minutes,
        mlflow=1,
    params:
        options=lookups.model_options,
    shell:
        "oncoloom predict {params.options} --cohort {input.cohort:q}"
        " --output {output.predictions:q} > {log:q} 2>&1"


# A model of one therapy compares nothing: the table then has no rows.
rule compare:
    input:
        model=lookups.model_inputs,
        cohort=layout.cohort,
    output:
        comparisons=layout.comparisons,
    log:
        f"logs/compare/{layout.subset or 'all'}.log",
    benchmark:
        f"logs/benchmarks/compare/{layout.subset or 'all'}.tsv"
    conda:
        "../../envs/response.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.model_mb,
        runtime=job_sizes.model_minutes,
    params:
        options=lookups.model_options,
    shell:
        "oncoloom compare {params.options} --cohort {input.cohort:q}"
        " --output {output.comparisons:q} > {log:q} 2>&1"


rule predict_cohort:
    input:
        model=lookups.model_inputs,
        cohort=f"{layout.results}/cohort/{{cohort}}.parquet",
    output:
        predictions=f"{layout.results}/cohort/{{cohort}}.predictions.parquet",
    log:
        "logs/predict_cohort/{cohort}.log",
    benchmark:
        "logs/benchmarks/predict_cohort/{cohort}.tsv"
    wildcard_constraints:
        cohort=lookups.constraint(lookups.cohort_names()),
    conda:
        "../../envs/response.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.model_mb,
        runtime=job_sizes.model_minutes,
        mlflow=1,
    params:
        options=lookups.model_options,
    shell:
        "oncoloom predict {params.options} --cohort {input.cohort:q}"
        " --output {output.predictions:q} > {log:q} 2>&1"
