# Known hotspots as alleles of the project's reference, genotyped in every patient whether seen or not.
rule hotspots:
    input:
        unpack(lookups.hotspot_inputs),
    output:
        vcf=layout.hotspots,
    log:
        "logs/hotspots/hotspots.log",
    benchmark:
        "logs/benchmarks/hotspots/hotspots.tsv"
    conda:
        "../../envs/features.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    params:
        options=lookups.hotspot_options,
    shell:
        "oncoloom resources hotspots --reference {input.reference:q} {params.options}"
        " --output {output.vcf:q} > {log:q} 2>&1"


# Calls of a patient: in one job, or, for a whole genome, piece by piece with the same result; or from a VCF.
rule call:
    input:
        unpack(lookups.call_inputs),
    output:
        qc=f"{layout.results}/calls/{{patient_id}}/qc.json",
        raw=f"{layout.results}/calls/{{patient_id}}/features_raw.parquet",
        callable=multiext(
            f"{layout.results}/calls/{{patient_id}}/callable.bed", ".gz", ".gz.tbi"
        ),
        somatic=multiext(
            f"{layout.results}/calls/{{patient_id}}/somatic.vcf", ".gz", ".gz.tbi"
        ),
        germline=multiext(
            f"{layout.results}/calls/{{patient_id}}/germline.vcf", ".gz", ".gz.tbi"
        ),
        further=directory(f"{layout.results}/calls/{{patient_id}}/tumors"),
    log:
        "logs/call/{patient_id}.log",
    benchmark:
        "logs/benchmarks/call/{patient_id}.tsv"
    wildcard_constraints:
        patient_id=lookups.constraint(lookups.patients(entry="reads", sharded=False)),
    conda:
        "../../envs/reads.yaml"
    threads: lookups.call_threads
    resources:
        mem_mb=job_sizes.call_mb,
        runtime=job_sizes.call_minutes,
        device=lookups.config.calling.device,
    params:
        options=lookups.call_options,
        content=lookups.reads_stamp,
        settings=lookups.section("calling"),
        folder=subpath(output.qc, parent=True),
    shell:
        "oncoloom call {params.options} --reference {input.reference:q} --device {resources.device}"
        " --threads {threads} --output {params.folder:q} > {log:q} 2>&1"
        " && mkdir -p {output.further:q}"


rule shards:
    input:
        reference=lookups.reference(),
        index=f"{lookups.reference()}.fai",
    output:
        expand(f"{layout.results}/shards/{{shard}}.bed", shard=lookups.shard_names()),
    log:
        "logs/shards/shards.log",
    benchmark:
        "logs/benchmarks/shards/shards.tsv"
    conda:
        "../../envs/reads.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    params:
        pieces=lookups.shards,
        folder=subpath(output[0], parent=True),
    shell:
        "python -m oncoloom.project.shards {input.reference:q} {params.pieces} {params.folder:q} > {log:q} 2>&1"


rule call_shard:
    input:
        unpack(lookups.call_inputs),
        regions=f"{layout.results}/shards/{{shard}}.bed",
    output:
        folder=temp(directory(f"{layout.results}/shards/{{patient_id}}/{{shard}}")),
    log:
        "logs/call_shard/{patient_id}/{shard}.log",
    benchmark:
        "logs/benchmarks/call_shard/{patient_id}/{shard}.tsv"
    conda:
        "../../envs/reads.yaml"
    threads: lookups.call_threads
    resources:
        mem_mb=job_sizes.call_mb,
        runtime=job_sizes.call_minutes,
        device=lookups.config.calling.device,
    params:
        options=lookups.call_options,
        content=lookups.reads_stamp,
        settings=lookups.section("calling"),
    shell:
        "oncoloom call {params.options} --reference {input.reference:q} --device {resources.device}"
        " --regions {input.regions:q} --evidence-only"
        " --threads {threads} --output {output.folder:q} > {log:q} 2>&1"


rule call_finish:
    input:
        shards=expand(
            f"{layout.results}/shards/{{{{patient_id}}}}/{{shard}}",
            shard=lookups.shard_names(),
        ),
    output:
        qc=f"{layout.results}/calls/{{patient_id}}/qc.json",
        raw=f"{layout.results}/calls/{{patient_id}}/features_raw.parquet",
        callable=multiext(
            f"{layout.results}/calls/{{patient_id}}/callable.bed", ".gz", ".gz.tbi"
        ),
        somatic=multiext(
            f"{layout.results}/calls/{{patient_id}}/somatic.vcf", ".gz", ".gz.tbi"
        ),
        germline=multiext(
            f"{layout.results}/calls/{{patient_id}}/germline.vcf", ".gz", ".gz.tbi"
        ),
        further=directory(f"{layout.results}/calls/{{patient_id}}/tumors"),
    log:
        "logs/call_finish/{patient_id}.log",
    benchmark:
        "logs/benchmarks/call_finish/{patient_id}.tsv"
    wildcard_constraints:
        patient_id=lookups.constraint(lookups.patients(entry="reads", sharded=True)),
    conda:
        "../../envs/reads.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.finish_mb,
        runtime=job_sizes.call_minutes,
    params:
        folder=subpath(output.qc, parent=True),
    shell:
        "oncoloom call-finish {input.shards:q} --output {params.folder:q} > {log:q} 2>&1"
        " && mkdir -p {output.further:q}"


rule import_variants:
    input:
        unpack(lookups.import_inputs),
    output:
        variants=f"{layout.results}/calls/{{patient_id}}/variants.parquet",
    log:
        "logs/import_variants/{patient_id}.log",
    benchmark:
        "logs/benchmarks/import_variants/{patient_id}.tsv"
    wildcard_constraints:
        patient_id=lookups.constraint(lookups.patients(entry="vcf")),
    conda:
        "../../envs/reads.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    params:
        sample_id=lookups.index_sample,
        content=lookups.import_stamp,
    shell:
        "oncoloom import variants {input.vcf:q} --caller auto --reference {input.reference:q}"
        " --patient-id {wildcards.patient_id:q} --sample-id {params.sample_id:q}"
        " --output {output.variants:q} > {log:q} 2>&1"
