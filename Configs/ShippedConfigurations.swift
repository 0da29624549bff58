/// The configurations in this folder, inside the binary, so that it works alone.
package enum ShippedConfigurations {
    /// The one that `saferl train` uses when it is given none.
    package static let standard = "fisor.json"

    /// Text by file name.
    package static let texts = embedded.mapValues { String(decoding: $0, as: UTF8.self) }

    /// Benchmarks for `saferl benchmark`, text by file name.
    package static let benchmarks = [
        "benchmark-flow.json": String(decoding: PackageResources.benchmark_flow_json, as: UTF8.self),
        "benchmark-online.json": String(decoding: PackageResources.benchmark_online_json, as: UTF8.self),
        "benchmark-small.json": String(decoding: PackageResources.benchmark_small_json, as: UTF8.self),
    ]

    /// Files of rules for `--guard`, text by file name.
    package static let rules = [
        "hopper-velocity.rules": String(decoding: PackageResources.hopper_velocity_rules, as: UTF8.self),
        "icu-sepsis.rules": String(decoding: PackageResources.icu_sepsis_rules, as: UTF8.self),
        "point-mass.rules": String(decoding: PackageResources.point_mass_rules, as: UTF8.self),
        "point-robot.rules": String(decoding: PackageResources.point_robot_rules, as: UTF8.self),
    ]

    private static let embedded: [String: [UInt8]] = [
        "bc-safe.json": PackageResources.bc_safe_json,
        "bc.json": PackageResources.bc_json,
        "bcq-lag.json": PackageResources.bcq_lag_json,
        "bcrl.json": PackageResources.bcrl_json,
        "bear-lag.json": PackageResources.bear_lag_json,
        "caps.json": PackageResources.caps_json,
        "cdt.json": PackageResources.cdt_json,
        "coptidice.json": PackageResources.coptidice_json,
        "cpo.json": PackageResources.cpo_json,
        "cpq.json": PackageResources.cpq_json,
        "desk.json": PackageResources.desk_json,
        "fisor-ball-circle.json": PackageResources.fisor_ball_circle_json,
        "fisor-ball-run.json": PackageResources.fisor_ball_run_json,
        "fisor-car-run.json": PackageResources.fisor_car_run_json,
        "fisor-cpu.json": PackageResources.fisor_cpu_json,
        "fisor-flow.json": PackageResources.fisor_flow_json,
        "fisor-hopper-velocity.json": PackageResources.fisor_hopper_velocity_json,
        "fisor-paper.json": PackageResources.fisor_paper_json,
        "fisor-swimmer-velocity.json": PackageResources.fisor_swimmer_velocity_json,
        "fisor.json": PackageResources.fisor_json,
        "grpo-alphaalign-raw.json": PackageResources.grpo_alphaalign_raw_json,
        "grpo-alphaalign-zero.json": PackageResources.grpo_alphaalign_zero_json,
        "grpo-alphaalign.json": PackageResources.grpo_alphaalign_json,
        "grpo-gspr.json": PackageResources.grpo_gspr_json,
        "grpo-guard-only.json": PackageResources.grpo_guard_only_json,
        "grpo-hub.json": PackageResources.grpo_hub_json,
        "grpo-hybrid.json": PackageResources.grpo_hybrid_json,
        "hcrlhf-hub.json": PackageResources.hcrlhf_hub_json,
        "hcrlhf-smollm2.json": PackageResources.hcrlhf_smollm2_json,
        "hcrlhf-tokens.json": PackageResources.hcrlhf_tokens_json,
        "hcrlhf.json": PackageResources.hcrlhf_json,
        "lspc.json": PackageResources.lspc_json,
        "ogsrl-dsrl.json": PackageResources.ogsrl_dsrl_json,
        "ogsrl-icu-sepsis.json": PackageResources.ogsrl_icu_sepsis_json,
        "ogsrl.json": PackageResources.ogsrl_json,
        "ppo-lagrangian.json": PackageResources.ppo_lagrangian_json,
        "ppo-pid.json": PackageResources.ppo_pid_json,
        "sac-lagrangian.json": PackageResources.sac_lagrangian_json,
        "trac.json": PackageResources.trac_json,
        "trpo-lagrangian.json": PackageResources.trpo_lagrangian_json,
    ]
}
