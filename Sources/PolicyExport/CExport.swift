import SafeRL

/// A program as one file of C11: weights, `policy_act`, and `policy_draw` for its noise.
///
/// Matrices are stored as `[inputs][outputs]`, so that a row is multiplied without adding across vector registers.
struct CExport {
    private let exported: ExportedProgram
    private var program: PolicyProgram { exported.program }

    init(_ exported: ExportedProgram) { self.exported = exported }

    /// The file.
    func text() -> String {
        var arrays: [ObjectIdentifier: String] = [:]
        var text = head
        for (name, network) in exported.networks { text += weights(of: network, name, &arrays) }
        text += CSource.kernels
        for (name, network) in exported.networks { text += function(of: network, name, arrays) }
        return text + acting + CSource.drawing
    }

    private var head: String {
        """
        /* \(exported.origin.replacing("*/", with: "* /"))
         *
         * A policy: policy_act(observation, noise, action). It reads POLICY_OBSERVATION numbers as the environment gives them, and
         * POLICY_NOISE numbers N(0, 1), which policy_draw makes from a state of one's own; it writes POLICY_ACTION numbers. It
         * keeps nothing between calls, allocates nothing, and needs some \(stack / 1024 + 4) KB of stack.
         *
         * cc -std=c11 -O3 -march=native -c policy.c, and -lm behind it.
         */
        #include <math.h>
        #include <stdint.h>
        #include <string.h>

        #define POLICY_OBSERVATION \(program.observationSize)
        #define POLICY_ACTION \(program.actionSize)
        #define POLICY_NOISE \(program.noiseSize)
        #define ROWS \(program.candidates)


        """
    }

    /// Bytes of local arrays.
    private var stack: Int {
        let widest = exported.networks.map {
            BufferPlan($0.network).size + $0.network.inputs + $0.network.outputs
        }
        return 4 * program.candidates
            * ((widest.max() ?? 0) + 4 * program.actionSize + program.observationSize)
    }

    // MARK: - Weights

    private func weights(
        of network: VerifiableNetwork, _ name: String, _ arrays: inout [ObjectIdentifier: String]
    ) -> String {
        var text = ""
        for (index, node) in network.nodes.enumerated() {
            let own = "\(name)_\(index)"
            switch node.operation {
            case .affine(let map):
                let key = ObjectIdentifier(map)
                guard arrays[key] == nil else { continue }
                arrays[key] = own
                let panels = CSource.panels(of: map.weight, rows: map.rows, columns: map.columns)
                text += array("\(own)_w", panels) + array("\(own)_b", map.bias)
            case .normalise(let scale, let shift, _), .scaled(let scale, let shift):
                text += array("\(own)_w", scale) + array("\(own)_b", shift)
            default: continue
            }
        }
        return text
    }

    private func array(_ name: String, _ values: [Double]) -> String {
        var text = "static const float \(name)[\(values.count)] = {"
        for (index, value) in values.enumerated() {
            text += index % 8 == 0 ? "\n    " : " "
            text += "\(Float(value))f,"
        }
        return text + "\n};\n"
    }

    // MARK: - Networks

    private func function(of network: VerifiableNetwork, _ name: String, _ arrays: [ObjectIdentifier: String])
        -> String
    {
        let plan = BufferPlan(network), last = network.nodes.count - 1
        func place(_ step: Int) -> String {
            step == 0 ? "in" : step == last ? "out" : "work + ROWS * \(plan.places[step] ?? 0)"
        }
        var text = """

            /* [ROWS][\(network.inputs)] to [ROWS][\(network.outputs)]. */
            static void \(name)(const float *restrict in, float *restrict out)
            {
                float work[ROWS * \(max(plan.size, 1))];
                (void)work;

            """
        for (index, node) in network.nodes.enumerated().dropFirst() {
            text +=
                "    "
                + call(
                    node, index, "\(name)_\(index)", node.inputs.map(place), to: place(index), arrays, network
                ) + "\n"
        }
        return text + "}\n"
    }

    private func call(
        _ node: NetworkNode, _ index: Int, _ own: String, _ inputs: [String], to out: String,
        _ arrays: [ObjectIdentifier: String], _ network: VerifiableNetwork
    ) -> String {
        let (x, n) = (inputs.first ?? "", node.width)
        switch node.operation {
        case .input, .gate: preconditionFailure("a step that is not exported")
        case .affine(let map):
            let array = arrays[ObjectIdentifier(map)] ?? own
            return "affine(\(map.columns), \(map.rows), \(array)_w, \(array)_b, \(x), \(out));"
        case .activation(let function): return "apply_\(function.rawValue)(ROWS * \(n), \(x), \(out));"
        case .centre: return "centre(\(n), \(x), \(out));"
        case .normalise(_, _, let epsilon):
            return "normalise(\(n), \(own)_w, \(own)_b, \(Float(epsilon))f, \(x), \(out));"
        case .scaled: return "scale_and_shift(\(n), \(own)_w, \(own)_b, \(x), \(out));"
        case .sum(let factors):
            let terms = zip(factors, inputs).map { "\(Float($0))f * (\($1))[i]" }
            return "for (int i = 0; i < ROWS * \(n); ++i) (\(out))[i] = \(terms.joined(separator: " + "));"
        case .concatenation:
            var (text, offset) = ("", 0)
            for (input, number) in zip(inputs, node.inputs) {
                let width = network.nodes[number].width
                text += "put(\(width), \(input), \(n), \(offset), \(out)); "
                offset += width
            }
            return text
        }
    }

    // MARK: - The policy

    private var acting: String {
        let body =
            switch program.drawing {
            case .network(let network, let noise, let isClipped): pass(network, noise, isClipped)
            case .choice(let network): choice(network)
            case .diffusion(let walk): self.walk(walk)
            }
        return """

            /* The action on an observation. */
            void policy_act(const float observation[], const float noise[], float action[]);
            void policy_act(const float observation[], const float noise[], float action[])
            {
                float drawn[ROWS * POLICY_ACTION];
                (void)noise;
            \(body)\(chosen)}

            """
    }

    private func gather(_ width: Int, _ parts: [(String, Int)]) -> String {
        var (text, offset) = ("", 0)
        for (source, size) in parts {
            text +=
                source == "observation"
                ? "    spread(\(size), observation, \(width), \(offset), in);\n"
                : "    put(\(size), \(source), \(width), \(offset), in);\n"
            offset += size
        }
        return text
    }

    private func pass(_ network: VerifiableNetwork, _ noise: Int, _ isClipped: Bool) -> String {
        let parts = [("observation", program.observationSize)] + (noise > 0 ? [("noise", noise)] : [])
        return "    float in[ROWS * \(network.inputs)];\n" + gather(network.inputs, parts)
            + "    actor(in, drawn);\n"
            + (isClipped ? "    clip(ROWS * POLICY_ACTION, drawn);\n" : "")
    }

    private func choice(_ network: VerifiableNetwork) -> String {
        """
            float out[\(network.outputs)];
            actor(observation, out);
            int best = 0;
            for (int i = 1; i < \(network.outputs); ++i) if (out[i] > out[best]) best = i;
            drawn[0] = (float)best;

        """
    }

    private func walk(_ walk: PolicyProgram.Denoising) -> String {
        let (o, a, n) = (program.observationSize, program.actionSize, walk.network.inputs)
        let codes = walk.codes.flatMap(\.self), width = walk.codes.first?.count ?? 0
        let steps = walk.steps.map { step in
            "{\(step.remove)f, \(step.divide)f, \(step.add)f, \(step.keep)f, \(step.toward)f, \(step.new)f, \(step.old)f}"
        }
        return """
                static const struct { float remove, divide, add, keep, toward, new, old; } steps[\(walk.steps.count)] = {
                    \(steps.joined(separator: ",\n        "))
                };
                static const int times[\(walk.steps.count)] = {\(walk.steps.map { "\($0.time)" }.joined(separator: ", "))};
            \(array("codes", codes))    float in[ROWS * \(n)], predicted[ROWS * POLICY_ACTION], before[ROWS * POLICY_ACTION] = {0};
                const float *fresh = noise + ROWS * POLICY_ACTION;
                memcpy(drawn, noise, sizeof drawn);
                spread(\(o), observation, \(n), 0, in);
                for (int t = 0; t < \(walk.steps.count); ++t) {
                    put(\(a), drawn, \(n), \(o), in);
                    spread(\(width), codes + \(width) * times[t], \(n), \(o + a), in);
                    actor(in, predicted);
                    for (int i = 0; i < ROWS * POLICY_ACTION; ++i) {
                        float data = (drawn[i] - steps[t].remove * predicted[i]) / steps[t].divide;
                        if (steps[t].add != 0) data += steps[t].add * fresh[i];
                        data = data < -1 ? -1 : data > 1 ? 1 : data;
                        float direction = steps[t].new * data - steps[t].old * before[i];
                        drawn[i] = steps[t].keep * drawn[i] + steps[t].toward * direction;
                        before[i] = data;
                    }
                    if (steps[t].add != 0) fresh += ROWS * POLICY_ACTION;
                }

            """
    }

    private var chosen: String {
        guard let preference = program.preference, exported.asks else {
            return "    memcpy(action, drawn, sizeof(float) * POLICY_ACTION);\n"
        }
        let pair = program.observationSize + program.actionSize
        let better =
            switch preference.order {
            case .first: "0"
            case .safest: "risk < best_risk"
            case .mostRewarding: "reward > best_reward"
            case .mostRewardingSafe:
                "(risk <= limit) != (best_risk <= limit) ? risk <= limit : risk <= limit ? reward > best_reward : risk < best_risk"
            }
        return """
                float pair[ROWS * \(pair)], reward_members[ROWS * \(preference.rewards.outputs)], risk_members[ROWS * \(preference.risks.outputs)];
                const float limit = \(Float(preference.threshold))f;
                spread(POLICY_OBSERVATION, observation, \(pair), 0, pair);
                put(POLICY_ACTION, drawn, \(pair), POLICY_OBSERVATION, pair);
                rewards(pair, reward_members);
                risks(pair, risk_members);
                int best = 0;
                float best_reward = 0, best_risk = 0;
                for (int row = 0; row < ROWS; ++row) {
                    float reward = smallest(\(preference.rewards.outputs), reward_members + row * \(preference.rewards.outputs));
                    float risk = largest(\(preference.risks.outputs), risk_members + row * \(preference.risks.outputs));
                    if (row == 0 || (\(better))) {
                        best = row;
                        best_reward = reward;
                        best_risk = risk;
                    }
                }
                (void)limit, (void)best_reward, (void)best_risk;
                memcpy(action, drawn + best * POLICY_ACTION, sizeof(float) * POLICY_ACTION);

            """
    }
}
