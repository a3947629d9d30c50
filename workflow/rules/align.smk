# FASTQ to BAM. Lanes of one sample are joined first: gzip members in a row are one gzip file.
rule join_lanes:
    input:
        unpack(lookups.lanes),
    output:
        reads=temp(
            f"{layout.results}/aligned/{{patient_id}}/{{sample_id}}.R1.{{suffix}}"
        ),
        reads_2=temp(
            f"{layout.results}/aligned/{{patient_id}}/{{sample_id}}.R2.{{suffix}}"
        ),
    log:
        "logs/join_lanes/{patient_id}/{sample_id}.{suffix}.log",
    benchmark:
        "logs/benchmarks/join_lanes/{patient_id}/{sample_id}.{suffix}.tsv"
    conda:
        "../../envs/reads.yaml"
    threads: 1
    resources:
        mem_mb=job_sizes.table_mb,
        runtime=job_sizes.table_minutes,
    shell:
        "(cat {input.reads:q} > {output.reads:q} && cat {input.reads_2:q} > {output.reads_2:q}) 2> {log:q}"


rule align:
    input:
        unpack(lookups.fastq),
        reference=lookups.reference(),
    output:
        bam=f"{layout.results}/aligned/{{patient_id}}/{{sample_id}}.bam",
        index=f"{layout.results}/aligned/{{patient_id}}/{{sample_id}}.bam.bai",
    log:
        "logs/align/{patient_id}/{sample_id}.log",
    benchmark:
        "logs/benchmarks/align/{patient_id}/{sample_id}.tsv"
    conda:
        "../../envs/reads.yaml"
    threads: lookups.align_threads
    resources:
        mem_mb=job_sizes.align_mb,
        runtime=job_sizes.align_minutes,
    shell:
        "oncoloom align --reads {input.reads:q} {input.reads_2:q} --reference {input.reference:q}"
        " --sample {wildcards.sample_id:q} --threads {threads} --output {output.bam:q} > {log:q} 2>&1"
