-- wrk: every request is another person. Arguments: the file of build/release/bench/payloads, the number
-- of this run (four digits) and the source; the identities are run, thread and a counter.
-- Prints: "RESULT answered refused unanswered seconds p50_us p99_us".

local threads = 0

function setup(thread)
    thread:set("thread_number", threads)
    threads = threads + 1
end

local heads, middles, tails = {}, {}, {}
local count, run = 0, ""

function init(arguments)
    local mark = string.rep("#", 16)
    run = arguments[2]
    for line in io.lines(arguments[1]) do
        local first = line:find(mark, 1, true)
        local second = line:find(mark, first + 16, true)
        heads[#heads + 1] = "POST /v1/sources/" .. arguments[3]
            .. "/leads HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            .. "Content-Type: application/json\r\nContent-Length: " .. #line .. "\r\n\r\n"
            .. line:sub(1, first - 1)
        middles[#middles + 1] = line:sub(first + 16, second - 1)
        tails[#tails + 1] = line:sub(second + 16)
    end
end

function request()
    local identity = string.format("%s%02d%010d", run, thread_number, count)
    local at = count % #heads + 1
    count = count + 1
    return heads[at] .. identity .. middles[at] .. identity .. tails[at]
end

function done(summary, latency)
    local errors = summary.errors
    print(string.format("RESULT %d %d %d %.6f %.1f %.1f", summary.requests - errors.status,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        summary.duration / 1e6, latency:percentile(50), latency:percentile(99)))
end
