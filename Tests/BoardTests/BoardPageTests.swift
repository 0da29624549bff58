import Board
import Foundation
import Testing

/// What pages say, and of what.
@Suite struct BoardPageTests {
    @Test func theListSaysWhereRunsStand() throws {
        let board = try StagedBoard()
        board.runs.add("fisor-1") {
            ($0.algorithm, $0.subject, $0.state) = ("fisor", "point-robot", "training")
            ($0.step, $0.steps, $0.meanReturn, $0.meanCost) = (300, 1000, 12.34567, 0)
            ($0.started, $0.tags) = (StagedBoard.now - 7300, ["paper", "v1"])
        }
        board.runs.add("broken") {
            ($0.state, $0.fault) = ("unreadable", "broken/manifest.json: cannot be read")
        }
        let page = try board.page("/")
        #expect(page.contains("2 runs: 1 training, 1 unreadable"))
        for word in [
            "<a href=\"/runs/fisor-1\">fisor-1</a>", ">fisor</td>", ">point-robot</td>", "300/1000",
            "<span class=\"badge training\">training</span>", ">12.35</td>", ">0</td>", ">2 h</td>",
            "<span class=\"tag\">paper</span>", "broken/manifest.json: cannot be read",
        ] { #expect(page.contains(word), "\(word)") }
        #expect(try StagedBoard().page("/").contains("No run yet."))
    }

    @Test func aRunSaysWhatIsKnownOfIt() throws {
        let board = try StagedBoard()
        board.runs.add("a") { ($0.state, $0.meanReturn) = ("certified", 3) }
        #expect(try board.page("/runs/a").contains("Not evaluated"))
        var detail = BoardDetail()
        detail.facts = [("Seed", "7")]
        detail.evaluation = "return  3 < 4\n"
        detail.claims = [.init(verdict: "certified", statement: "cost at most 5, bound 4.2")]
        detail.metrics = [.init(key: "loss_*", title: "Loss_{*}", isOfEvaluations: false, isFromZero: true)]
        detail.limits = ["cost_mean": 5, "never": .infinity]
        board.runs.describe("a", detail)
        let page = try board.page("/runs/a")
        for word in [
            "<dt>Seed</dt><dd>7</dd>", "return  3 &lt; 4\n",
            "<span class=\"badge certified\">certified</span> cost at most 5, bound 4.2", "Return <b>3</b>",
            #""events": "/runs/a/events""#,
            #""key": "loss_*", "title": "Loss_{*}", "evaluation": false, "fromZero": true"#,
            #""limits": {"cost_mean": 5.0}"#,
        ] { #expect(page.contains(word), "\(word)") }
    }

    private static let hostile = #"<script>alert(1)</script>"'&</td>"#

    @Test func nothingOfARunIsMarkup() throws {
        let board = try StagedBoard()
        let name = Self.hostile
        board.runs.add(name) {
            ($0.algorithm, $0.subject, $0.state) = (name, name, name)
            ($0.tags, $0.fault) = ([name], name)
        }
        var detail = BoardDetail()
        detail.facts = [(name, name)]
        (detail.evaluation, detail.evaluating) = (name, name)
        detail.claims = [.init(verdict: name, statement: name)]
        detail.metrics = [.init(key: name, title: name, isOfEvaluations: true, isFromZero: false)]
        detail.limits = [name: 1]
        board.runs.describe(name, detail)
        let path = BoardAddress.path(of: name)
        for page in [try board.page("/?q=%3Cscript%3E"), try board.page(path)] {
            #expect(
                page.components(separatedBy: "<script").count - 1 == (page.contains("id=\"run\"") ? 2 : 1))
            #expect(
                !page.contains("alert(1)</script>") && page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            #expect(!page.contains("'&</td>"))
        }
    }

    @Test func namesAreLookedUpAndAreNoPaths() throws {
        let board = try StagedBoard()
        board.runs.add("sweep/trials/0007")
        board.runs.add("..")
        board.runs.add("über 1")
        #expect(try board.ask("/runs/sweep%2Ftrials%2F0007")?.status == 200)
        #expect(try board.ask("/runs/%C3%BCber%201")?.status == 200)
        // A run may be called so; what is shown is that run, whatever lies above the folder.
        #expect(try board.page("/runs/..").contains("<h1>..</h1>"))
        for path in [
            "/runs/../../etc/passwd", "/runs/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/runs/sweep/trials/0007",
            "/runs/",
            "/runs", "//", "/runs/%00", "/runs/%zz", "/runs/%", "/runs/%FF", "/runs/none",
            "/runs/none/events",
            "/runs/..%2F..", "/runs/../events/events", "/etc/passwd", "/manifest.json",
            "/runs/%2Fetc%2Fpasswd",
        ] { #expect(try board.ask(path)?.status == 404, "\(path)") }
        #expect(try board.ask("/runs/%2e%2e/events") == nil)
    }

    @Test func runsThatWentAndAFolderThatWentAreSaid() throws {
        let board = try StagedBoard()
        board.runs.add("a")
        #expect(try board.ask("/runs/a")?.status == 200)
        board.runs.remove("a")
        let gone = try #require(try board.ask("/runs/a"))
        #expect(gone.status == 404 && gone.text.contains("removed or renamed"))
        board.runs.removeFolder()
        let none = try #require(try board.ask("/"))
        #expect(none.status == 503 && none.text.contains("Checkpoints: no such folder &lt;now&gt;."))
    }

    private func names(_ page: String) -> [String] {
        page.components(separatedBy: "<th scope=\"row\"><a href=\"/runs/").dropFirst()
            .map { String($0.prefix { $0 != "\"" }) }
    }

    @Test func theListIsSortedAndFiltered() throws {
        let board = try StagedBoard()
        for (name, cost, age) in [("b", 2.0, 10.0), ("a", nil, 30), ("c", 1, 20), ("d", 2, 5)] {
            board.runs.add(name) {
                ($0.meanCost, $0.started) = (cost, StagedBoard.now - age)
                ($0.algorithm, $0.tags) = (name == "c" ? "CPQ" : "fisor", name == "b" ? ["Paper"] : [])
            }
        }
        #expect(names(try board.page("/")) == ["d", "b", "c", "a"])
        #expect(names(try board.page("/?sort=age&down=1")) == ["a", "c", "b", "d"])
        #expect(names(try board.page("/?sort=cost")) == ["c", "b", "d", "a"])
        #expect(names(try board.page("/?sort=cost&down=1")) == ["b", "d", "c", "a"])
        #expect(names(try board.page("/?sort=nonsense&down=x")) == ["d", "b", "c", "a"])
        #expect(names(try board.page("/?sort=name&q=fisor")) == ["a", "b", "d"])
        #expect(names(try board.page("/?q=FISOR+paper")) == ["b"])
        let none = try board.page("/?q=nix%20%22%3E")
        #expect(
            names(none) == [] && none.contains("value=\"nix &quot;&gt;\"") && none.contains("0 of 4 runs"))
        let page = try board.page("/?sort=cost&q=Pap%65r")
        #expect(
            page.contains("aria-sort=\"ascending\"><a href=\"/?sort=cost&amp;down=1&amp;q=Paper\">Cost</a>"))
        #expect(
            try board.page("/?sort=cost&down=1").contains("aria-sort=\"descending\"><a href=\"/?sort=cost\">")
        )
    }

    @Test func agesAndNumbersAreShort() {
        let ages = [-5.0, 0, 59.9, 60, 3599, 3600, 86_399, 86_400, 8_640_000].map { BoardWords.age($0) }
        #expect(ages == ["0 s", "0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d", "100 d"])
        let numbers = [nil, Double.nan, .infinity, 0, 1234.5678, -0.00001].map { BoardWords.number($0) }
        #expect(numbers == ["–", "–", "–", "0", "1235", "-1e-05"])
    }

    @Test(arguments: ["", "a b/ü%", "%", "+", "..", "a\u{0}b", "🙂"])
    func textSurvivesAnAddress(_ text: String) {
        let coded = URLCoding.encoded(text)
        #expect(URLCoding.decoded(coded) == text)
        #expect(coded.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") })
    }
}
