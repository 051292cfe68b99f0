/// What a request on a kept connection costs: tieline, through its connection
/// manager, against a bare multi handle of libcurl, on one nginx and in the
/// same run.
///
/// http_bench [REQUESTS]
#include "http/http_fixture.hpp"

#include <tieline/actors/manager.hpp>

#include <caf/event_based_actor.hpp>

#include <curl/curl.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <vector>

namespace {

using namespace tieline;
using namespace tieline::test;

constexpr int rounds = 5;

struct measurement {
  double wall_seconds = 0;
  /// Of this process, in which nginx is not.
  double cpu_seconds = 0;
  size_t succeeded = 0;
};

/// Which server, and how many requests at once.
struct course {
  const char* name;
  bool tls;
  size_t at_once;
};

constexpr course courses[] = {
  {"HTTP/1.1", false, 1},
  {"HTTP/1.1", false, 4},
  {"HTTP/2 with TLS", true, 1},
  {"HTTP/2 with TLS", true, 16},
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& x) {
    return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <class F>
measurement measured(F run) {
  using clock = std::chrono::steady_clock;
  measurement result;
  auto cpu = cpu_seconds();
  auto begin = clock::now();
  result.succeeded = run();
  result.wall_seconds
    = std::chrono::duration<double>(clock::now() - begin).count();
  result.cpu_seconds = cpu_seconds() - cpu;
  return result;
}

size_t drop(char*, size_t, size_t size, void*) {
  return size;
}

/// A bare multi handle, as its own documentation has it.
class bare {
public:
  bare(const std::string& url, const std::string& ca, size_t at_once)
    : multi_(curl_multi_init()) {
    for (size_t i = 0; i < at_once; ++i) {
      auto* transfer = transfers_.emplace_back(curl_easy_init());
      curl_easy_setopt(transfer, CURLOPT_URL, url.c_str());
      curl_easy_setopt(transfer, CURLOPT_CAINFO, ca.c_str());
      curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, drop);
      curl_easy_setopt(transfer, CURLOPT_PIPEWAIT, 1L);
      curl_easy_setopt(transfer, CURLOPT_HTTP_VERSION,
                       long{CURL_HTTP_VERSION_2TLS});
    }
  }

  ~bare() {
    for (auto* x : transfers_)
      curl_easy_cleanup(x);
    curl_multi_cleanup(multi_);
  }

  size_t run(size_t requests) {
    size_t started = 0;
    size_t ended = 0;
    size_t succeeded = 0;
    for (auto* x : transfers_)
      if (started < requests) {
        ++started;
        curl_multi_add_handle(multi_, x);
      }
    while (ended < requests) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      int left = 0;
      auto any = false;
      while (auto* told = curl_multi_info_read(multi_, &left)) {
        any = true;
        auto* x = told->easy_handle;
        long status = 0;
        curl_easy_getinfo(x, CURLINFO_RESPONSE_CODE, &status);
        succeeded += told->data.result == CURLE_OK && status == 200;
        curl_multi_remove_handle(multi_, x);
        ++ended;
        if (started < requests) {
          ++started;
          curl_multi_add_handle(multi_, x);
        }
      }
      if (!any && ended < requests)
        curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
    return succeeded;
  }

private:
  CURLM* multi_;
  std::vector<CURL*> transfers_;
};

/// One connection of a manager.
class managed {
public:
  explicit managed(const connection_params& params)
    : manager_(spawn_manager(client_.system())) {
    required(
      query<bool>(set_factory_atom_v, std::string{"http"}, client_.factory()));
    connection_ = required(query<std::optional<connection_actor>>(
                             caf::open_atom_v, connection_key{"bench", "http"},
                             params, caf::timespan{0}))
                    .value();
  }

  ~managed() {
    caf::anon_send_exit(manager_, caf::exit_reason::user_shutdown);
    client_.self()->wait_for(manager_);
  }

  size_t run(size_t requests, size_t at_once) {
    auto course = std::make_shared<state>();
    course->requests = requests;
    auto worker = client_.system().spawn(
      [course, at_once, to = connection_](caf::event_based_actor* self) {
        for (size_t i = 0; i < std::min(at_once, course->requests); ++i)
          ask_next(self, to, course);
        return caf::behavior{[](caf::unit_t) {}};
      });
    client_.self()->wait_for(worker);
    return course->succeeded;
  }

private:
  struct state {
    size_t requests = 0;
    size_t started = 0;
    size_t ended = 0;
    size_t succeeded = 0;
  };

  static void ask_next(caf::event_based_actor* self, const connection_actor& to,
                       const std::shared_ptr<state>& course) {
    ++course->started;
    auto then = [self, to, course] {
      if (course->started < course->requests)
        ask_next(self, to, course);
      if (++course->ended == course->requests)
        self->quit();
    };
    compat::request(self, to, caf::infinite, execute_atom_v, ask("/"))
      .then(
        [course, then](const reply& x) {
          course->succeeded += x.status == 200;
          then();
        },
        [then](const caf::error&) { then(); });
  }

  template <class T, class... Ts>
  caf::expected<T> query(Ts... what) {
    return take<T>(compat::request(client_.self().ptr(), manager_, hang_limit,
                                   std::move(what)...));
  }

  http_client client_;
  manager_actor manager_;
  connection_actor connection_;
};

measurement median_by_cpu(std::vector<measurement> xs) {
  std::sort(xs.begin(), xs.end(),
            [](auto& x, auto& y) { return x.cpu_seconds < y.cpu_seconds; });
  return xs[xs.size() / 2];
}

void print(const course& how, const char* who, const measurement& x,
           size_t requests) {
  auto each = 1e6 / static_cast<double>(requests);
  std::printf("%-16s %8zu  %-12s %7zu %12.1f %12.1f %12.0f", how.name,
              how.at_once, who, x.succeeded, x.cpu_seconds * each,
              x.wall_seconds * each,
              static_cast<double>(requests) / x.wall_seconds);
}

void compare(nginx_server& server, const course& how, size_t requests) {
  auto params = how.tls ? tls_params(server.tls(), server.ca())
                        : plain_params(server.plain());
  auto url = how.tls
               ? "https://localhost:" + std::to_string(server.tls()) + "/"
               : "http://127.0.0.1:" + std::to_string(server.plain()) + "/";
  managed ours{params};
  bare theirs{url, server.ca().file(), how.at_once};
  // The connections are made by then.
  ours.run(100, how.at_once);
  theirs.run(100);
  // In turns, so that a busy moment of the machine hits both.
  std::vector<measurement> runs[2];
  for (int round = 0; round < rounds; ++round) {
    runs[0].push_back(
      measured([&] { return ours.run(requests, how.at_once); }));
    runs[1].push_back(measured([&] { return theirs.run(requests); }));
  }
  auto mine = median_by_cpu(runs[0]);
  auto other = median_by_cpu(runs[1]);
  print(how, "tieline", mine, requests);
  std::printf("\n");
  print(how, "bare libcurl", other, requests);
  std::printf("   tieline needs %.2f of its CPU, %.2f of its time\n",
              mine.cpu_seconds / other.cpu_seconds,
              mine.wall_seconds / other.wall_seconds);
  std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) try {
  size_t requests = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 5000;
  if (requests == 0)
    throw std::invalid_argument("how many requests?");
  nginx_server server;
  std::printf("%zu requests on kept connections; median of %d rounds\n"
              "%-16s %8s  %-12s %7s %12s %12s %12s\n",
              requests, rounds, "protocol", "at once", "client", "ok",
              "CPU us/each", "us/each", "requests/s");
  for (const auto& how : courses)
    compare(server, how, requests);
  return 0;
} catch (const std::exception& x) {
  std::fprintf(stderr, "http_bench: %s\n", x.what());
  return 1;
}
