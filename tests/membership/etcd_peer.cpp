// A node in a process of its own, which the test stops: etcd_peer URL NAME.
// Registers, then asks for shard 1 again and again. Says of each answer when it
// was asked for, in nanoseconds since the machine's start, and whose it was.
#include "membership/etcd_fixture.hpp"

#include <tieline/actors/cluster/membership/lease_clock.hpp>

#include <cstdio>

using namespace tieline;
using namespace tieline::test;

int main(int, char** argv) {
  init();
  etcd_fixture fixture;
  auto me = fixture.join(argv[2], short_leases(argv[1]));
  for (;;) {
    auto asked = boot_clock::now().time_since_epoch().count();
    auto owner = fixture.acquire(me, 1);
    std::printf("%lld %s\n", static_cast<long long>(asked),
                owner ? owner->c_str()
                      : to_string(code_of(owner.error())).c_str());
    std::fflush(stdout);
    // At etcd's pace, not to fill the disk.
    fixture.owner(me, 2);
  }
}
