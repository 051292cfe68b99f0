#include "tieline/transports/io/thread.hpp"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace tieline::io {

std::thread start_thread(const char* name, std::function<void()> what) {
  // A thread inherits the mask.
  class all_blocked {
  public:
    all_blocked() {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &before_);
    }

    all_blocked(const all_blocked&) = delete;

    all_blocked& operator=(const all_blocked&) = delete;

    ~all_blocked() {
      pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

  private:
    sigset_t before_{};
  };
  all_blocked guard;
  return std::thread{[name, what = std::move(what)] {
    pthread_setname_np(pthread_self(), name);
    what();
  }};
}

} // namespace tieline::io
