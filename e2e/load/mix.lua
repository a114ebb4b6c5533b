-- For wrk: sends the requests that it is given after `--`, each as PATH=FILE, in turn; what came of it is one line of JSON.

local requests, at = {}, 0

function init(args)
  for _, arg in ipairs(args) do
    local path, file = arg:match("^([^=]+)=(.+)$")
    local body = assert(io.open(file)):read("*a")
    requests[#requests + 1] = wrk.format("POST", path, { ["Content-Type"] = "application/json" }, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\n{"requests": %d, "seconds": %.6f, "failed": %d, "p50": %.3f, "p99": %.3f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
