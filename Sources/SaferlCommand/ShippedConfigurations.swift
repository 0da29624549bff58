// Written by the test `theShippedConfigurationsAreTheFilesInConfigs` when SAFERL_UPDATE=1 is set:
// edit Configs/ instead.

/// The configurations in `Configs/`, inside the binary, so that it works alone.
package enum ShippedConfigurations {
    /// The one that `saferl train` uses when it is given none.
    package static let standard = "fisor.json"

    /// Text by file name.
    package static let texts: [String: String] = [
        "bc-safe.json": #"""
        {
          "algorithm": "bc",
          "data": {
            "file": "dataset.hdf5"
          },
          "schedule": {
            "steps": 100000,
            "log": 1000,
            "checkpoint": 10000
          },
          "evaluation": {
            "episodes": 20
          },
          "bc": {
            "episodes": "safe",
            "costLimit": 10
          }
        }

        """#,
        "bc.json": #"""
        {
          "algorithm": "bc",
          "data": {
            "file": "dataset.hdf5"
          },
          "schedule": {
            "steps": 100000,
            "log": 1000,
            "checkpoint": 10000
          },
          "evaluation": {
            "episodes": 20
          }
        }

        """#,
        "fisor-ball-circle.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "datasets/SafetyBallCircle-v0-collected-80-886.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 1000001,
            "log": 1000,
            "checkpoint": 10000
          },
          "evaluation": {
            "episodes": 20
          }
        }

        """#,
        "fisor-ball-run.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "datasets/SafetyBallRun-v0-collected-80-940.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 1000001,
            "log": 1000,
            "checkpoint": 10000
          },
          "evaluation": {
            "episodes": 20
          }
        }

        """#,
        "fisor-car-run.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "datasets/SafetyCarRun-v0-collected-40-651.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 1000001,
            "log": 1000,
            "checkpoint": 10000
          },
          "evaluation": {
            "episodes": 20
          }
        }

        """#,
        "fisor-cpu.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "dataset.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 19000,
            "log": 500,
            "checkpoint": 2000
          },
          "evaluation": {
            "episodes": 20
          },
          "fisor": {
            "criticsFirst": 14000,
            "criticTargetRate": 0.02,
            "heldOutShare": 0.02,
            "settling": 0.1,
            "feasibilityExpectile": 0.95,
            "policyRows": 256,
            "learningRate": 0.001,
            "policyTargetRate": 0.005,
            "width": 128,
            "choice": "most-rewarding-safe"
          }
        }

        """#,
        "fisor-hopper-velocity.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "datasets/SafetyHopperVelocityGymnasium-v1-collected-250-900.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 1000001,
            "log": 1000,
            "checkpoint": 10000
          },
          "evaluation": {
            "episodes": 20
          }
        }

        """#,
        "fisor-paper.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "dataset.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 1000001,
            "log": 1000,
            "checkpoint": 10000
          },
          "evaluation": {
            "episodes": 20
          }
        }

        """#,
        "fisor-swimmer-velocity.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "datasets/SafetySwimmerVelocityGymnasium-v1-collected-200-280.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 1000001,
            "log": 1000,
            "checkpoint": 10000
          },
          "evaluation": {
            "episodes": 20
          }
        }

        """#,
        "fisor.json": #"""
        {
          "algorithm": "fisor",
          "environment": "point-robot",
          "data": { "collect": { "transitions": 100000, "seed": 1 } },
          "schedule": { "steps": 20000, "log": 100, "checkpoint": 2000 },
          "evaluation": { "environment": "point-robot-feasible", "episodes": 100 },
          "fisor": {
            "constraint": "stored",
            "rewardTemperature": 20,
            "feasibilityTemperature": 20,
            "policyRows": 128,
            "criticRows": 1024,
            "criticWidths": [128, 128],
            "width": 128,
            "blocks": 2,
            "policyTargetRate": 0.005,
            "candidates": 16,
            "choice": "most-rewarding-safe",
            "safetyMargin": 0.25
          }
        }

        """#,
        "hcrlhf-hub.json": #"""
        {
          "algorithm": "hcrlhf",
          "data": { "file": "preferences.jsonl.gz" },
          "schedule": {
            "steps": 2000,
            "log": 10,
            "checkpoint": 50
          },
          "hcrlhf": {
            "model": {
              "directory": "Qwen2.5-0.5B",
              "rank": 16,
              "alpha": 32,
              "tokens": 512
            },
            "sampling": { "tokens": 256 },
            "fineTuning": { "updates": 300, "batch": 8, "rate": 0.0002 },
            "preference": {
              "reward": { "updates": 500, "batch": 8, "rate": 0.0001, "decay": 0.1 },
              "cost": { "updates": 500, "batch": 8, "rate": 0.0001, "decay": 0.1 }
            },
            "candidate": {
              "batch": 16,
              "microBatch": 4,
              "rate": 0.00005,
              "divergencePenalty": 0.1,
              "sampleFactor": 4,
              "testFactor": 2,
              "multiplierRate": 0.01,
              "largestMultiplier": 100
            },
            "test": {
              "batch": 8,
              "limit": 0,
              "delta": 0.1,
              "scale": "squashed",
              "bound": "betting"
            }
          }
        }

        """#,
        "hcrlhf-tokens.json": #"""
        {
          "algorithm": "hcrlhf",
          "environment": "hazard-tokens",
          "schedule": {
            "steps": 607,
            "log": 10,
            "checkpoint": 100
          },
          "evaluation": {
            "episodes": 20000
          },
          "hcrlhf": {
            "model": {
              "hidden": 32,
              "intermediate": 64,
              "layers": 2,
              "heads": 2,
              "keyValueHeads": 2,
              "tokens": 8
            },
            "sampling": { "tokens": 6 },
            "fineTuning": { "updates": 0 },
            "candidate": {
              "prompts": 200,
              "batch": 64,
              "microBatch": 64,
              "rate": 0.001,
              "decay": 0,
              "divergencePenalty": 0.1,
              "sampleFactor": 4,
              "testFactor": 2,
              "multiplierRate": 0.05,
              "largestMultiplier": 5
            },
            "test": {
              "prompts": 200,
              "limit": 1,
              "delta": 0.1,
              "scale": "raw",
              "bound": "betting"
            }
          }
        }

        """#,
        "hcrlhf.json": #"""
        {
          "algorithm": "hcrlhf",
          "schedule": {
            "steps": 3862,
            "log": 25,
            "checkpoint": 200
          },
          "hcrlhf": {
            "synthetic": { "pairs": 6000, "demonstrations": 40000, "corrupted": 0.3 },
            "model": {
              "hidden": 64,
              "intermediate": 64,
              "layers": 2,
              "heads": 4,
              "keyValueHeads": 4,
              "vocabulary": 1000,
              "tokens": 160
            },
            "sampling": { "tokens": 112 },
            "fineTuning": { "updates": 3000, "batch": 32, "rate": 0.005 },
            "preference": {
              "reward": { "updates": 400, "batch": 16, "rate": 0.001, "decay": 0.1 },
              "cost": { "updates": 300, "batch": 16, "rate": 0.001, "decay": 0.1 }
            },
            "candidate": {
              "batch": 32,
              "microBatch": 16,
              "rate": 0.0004,
              "divergencePenalty": 0.5,
              "languageLoss": 4,
              "sampleFactor": 4,
              "testFactor": 2,
              "multiplierRate": 0.02,
              "largestMultiplier": 10
            },
            "test": {
              "limit": 0,
              "delta": 0.1,
              "scale": "squashed",
              "bound": "betting",
              "largestDivergence": 2
            }
          }
        }

        """#,
        "ogsrl-dsrl.json": #"""
        {
          "algorithm": "ogsrl",
          "data": {
            "file": "dataset.hdf5"
          },
          "schedule": {
            "steps": 11001,
            "log": 100,
            "checkpoint": 1000
          },
          "evaluation": {
            "episodes": 20
          },
          "ogsrl": {
            "guardian": "kde",
            "bandwidth": 0.2,
            "calibrationShare": 0.2,
            "model": "ensemble",
            "modelUpdates": 8000,
            "mode": "absorbing-penalty",
            "penalty": -1,
            "budgets": { "cost": 5 },
            "budgetsPer": "episode",
            "starts": "recorded",
            "actions": "gaussian",
            "warmStart": "cloning",
            "cloningUpdates": 2000,
            "rollouts": 64,
            "horizon": 50,
            "widths": [64, 64]
          }
        }

        """#,
        "ogsrl-icu-sepsis.json": #"""
        {
          "algorithm": "ogsrl",
          "environment": "icu-sepsis-terminate",
          "data": {
            "collect": { "behaviour": "clinician-admissible", "episodes": 5000, "seed": 1 }
          },
          "schedule": {
            "steps": 203,
            "log": 10,
            "checkpoint": 50
          },
          "evaluation": {
            "episodes": 1000
          },
          "ogsrl": {
            "guardian": "count",
            "model": "tabular",
            "mode": "reject",
            "discount": 1,
            "inputs": "table",
            "warmStart": "cloning",
            "advantages": "exact",
            "shrinkage": 10,
            "divergence": 0.02,
            "damping": 1e-5,
            "horizon": 100
          }
        }

        """#,
        "ogsrl.json": #"""
        {
          "algorithm": "ogsrl",
          "environment": "gumbel-sepsis-observed",
          "data": {
            "collect": { "behaviour": "clinician", "episodes": 5000, "seed": 1 }
          },
          "schedule": {
            "steps": 12,
            "log": 1,
            "checkpoint": 50
          },
          "evaluation": {
            "episodes": 1000
          },
          "ogsrl": {
            "guardian": "count",
            "visits": 100,
            "model": "tabular",
            "mode": "reject",
            "optimiser": "exact",
            "inputs": "table",
            "discount": 0.99,
            "horizon": 20,
            "testShare": 0.5
          }
        }

        """#,
    ]
}
