#include "tieline/transports/ssh/config_store.hpp"

#include "tieline/transports/ssh/config/files.hpp"
#include "tieline/transports/ssh/config/shell.hpp"
#include "tieline/transports/ssh/library_algorithms.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

namespace tieline::ssh {

namespace {

host_config no_thread(const std::string& why) {
  return {{}, why, errc::transport_failed, {}};
}

/// A list of files. Only `find` is used by one job at a time; it may hang.
class watched_files {
public:
  watched_files(std::vector<std::string> paths, bool exec)
    : files_(std::move(paths), surroundings_with(exec)) {
    // nop
  }

  host_config find(const config::query& asked) {
    if (files_.refresh()) {
      missing_.clear();
      give_back(config::unsupported_in(files_));
    }
    host_config result;
    auto wrong = files_.wrong();
    if (!wrong)
      wrong = evaluate(files_.files(), asked, files_.here(),
                       library_algorithms(), result.says);
    if (wrong) {
      result.error = to_string(wrong);
      return result;
    }
    std::vector<std::string> missing;
    for (const auto& x : result.says.missing_algorithms) {
      auto text = to_string(x) + " is not available here";
      if (std::find(missing_.begin(), missing_.end(), text) == missing_.end())
        missing.push_back(text);
    }
    missing_.insert(missing_.end(), missing.begin(), missing.end());
    give_back(std::move(missing));
    std::lock_guard guard{mutex_};
    result.notices = std::exchange(notices_, {});
    return result;
  }

  void give_back(std::vector<std::string> notices) {
    std::lock_guard guard{mutex_};
    std::move(notices.begin(), notices.end(), std::back_inserter(notices_));
  }

private:
  static config::surroundings surroundings_with(bool exec) {
    auto result = config::own_surroundings();
    if (exec)
      result.exec = config::run_in_shell;
    return result;
  }

  config::file_set files_;
  /// What was told of algorithms since the files were read.
  std::vector<std::string> missing_;
  std::mutex mutex_;
  std::vector<std::string> notices_;
};

std::string group_of(const std::vector<std::string>& paths, bool exec) {
  std::string result{exec ? "exec" : "no exec"};
  for (const auto& x : paths)
    result += '\n' + x;
  return result;
}

} // namespace

class config_store::all_files {
public:
  std::shared_ptr<watched_files> at(const std::vector<std::string>& paths,
                                    bool exec) {
    std::lock_guard guard{mutex_};
    auto& result = all_[group_of(paths, exec)];
    if (!result)
      result = std::make_shared<watched_files>(paths, exec);
    return result;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<watched_files>> all_;
};

config_store::config_store()
  : files_(std::make_shared<all_files>()),
    workers_(1) {
  // nop
}

void config_store::find(std::vector<std::string> paths, bool exec,
                        config::query asked, caf::actor_addr asker,
                        std::function<void(const host_config&)> done) {
  workers_.ask(
    group_of(paths, exec), std::move(asker),
    [file = files_->at(paths, exec), asked = std::move(asked)] {
      return file->find(asked);
    },
    no_thread, std::move(done));
}

void config_store::give_back(const std::vector<std::string>& paths, bool exec,
                             std::vector<std::string> notices) {
  if (!notices.empty())
    files_->at(paths, exec)->give_back(std::move(notices));
}

} // namespace tieline::ssh
