import Storage

extension SweepPlan {
    /// The parameters, in the order of the file.
    static func space(_ plan: JSONObject) throws -> [SearchParameter] {
        guard let space = try plan.object("space"), let members = space.value.members, !members.isEmpty else {
            throw plan.error(
                "space",
                "an object of keys is needed, such as {\"fisor.rewardExpectile\": {\"real\": [0.6, 0.95]}}.")
        }
        return try members.map { member in
            guard let object = try space.object(member.key) else {
                throw space.error(member.key, "is missing.")
            }
            try object.check(["real", "integer", "choices", "log", "step"])
            return SearchParameter(member.key, try domain(object, member.key))
        }
    }

    private static func domain(_ object: JSONObject, _ name: String) throws -> SearchParameter.Domain {
        let kinds = ["real", "integer", "choices"].filter { object.value[$0] != nil }
        guard kinds.count == 1 else {
            throw object.error("\"\(oneLine(name))\" needs one of \"real\", \"integer\" and \"choices\".")
        }
        let isLogarithmic = try flag(object, "log")
        if kinds[0] == "choices" {
            guard object.value.members?.count == 1 else {
                throw object.error("\"choices\" stand alone: they have neither \"log\" nor \"step\".")
            }
            guard let choices = object.value["choices"]?.elements, !choices.isEmpty else {
                throw object.error("choices", "a list of values is needed, at least one.")
            }
            for (index, choice) in choices.enumerated() where choices[..<index].contains(choice) {
                throw object.error("choices", "\(choice.compact) stands there twice.")
            }
            return .choices(choices)
        }
        guard let ends = object.value[kinds[0]], let range = JSONObject.range(ends) else {
            throw object.error(kinds[0], "two numbers are needed, the smaller first.")
        }
        if isLogarithmic && range.lowerBound <= 0 {
            throw object.error("log", "needs numbers above 0, and the range begins at \(range.lowerBound).")
        }
        if kinds[0] == "integer" {
            let whole = (ends.elements ?? []).compactMap { $0.number?.int }
            guard whole.count == 2 else { throw object.error("integer", "two whole numbers are needed.") }
            let step = try object.count("step", 1...max(1, whole[1] - whole[0])) ?? 1
            if isLogarithmic && step != 1 { throw object.error("step", "has no place beside \"log\".") }
            return .integer(
                whole[0]...(whole[1] - (whole[1] - whole[0]) % step), isLogarithmic: isLogarithmic, step: step
            )
        }
        guard object.value["step"] != nil else {
            return .real(range, isLogarithmic: isLogarithmic, step: nil)
        }
        if isLogarithmic { throw object.error("step", "has no place beside \"log\".") }
        let width = range.upperBound - range.lowerBound
        guard let step = object.value["step"]?.number?.double, step > 0, step <= width, width / step <= 1e6
        else {
            throw object.error(
                "step", "a number above 0 is needed, at most the width of the range, and no millionth of it.")
        }
        let count = ((width / step) + 1e-9).rounded(.down)
        return .real(range.lowerBound...(range.lowerBound + count * step), isLogarithmic: false, step: step)
    }

    private static func flag(_ object: JSONObject, _ key: String) throws -> Bool {
        guard let value = object.value[key] else { return false }
        guard let flag = value.bool else { throw object.error(key, "true or false is needed.") }
        return flag
    }
}
