# --- list ----------------------------------------------------------------------------------------------

# The guests of vms.conf and of the keys, each once.
guests() { { sections; key_lines | awk '$2 != "-" { print $2 }'; } | awk '!seen[$0]++'; }

# row VM TOOL DOMAIN HOSTS BASE KEY
row() {
  if [ "$for_programs" = yes ]; then printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@"
  else printf '%-16s %-8s %-20s %-30s %-12s %s\n' "$@"; fi
}

list_guest() {
  vm=$1
  tool='' domain='' hosts='' base=''
  if has_section "$vm"; then
    tool=$(key_of "$vm" tool) domain=$(key_of "$vm" domain) base=$(key_of "$vm" base)
    hosts=$(key_of "$vm" hosts | tr -s ', \t' ',')
    domain=${domain:-$vm}
  fi
  print=$(key_lines | while read -r _ name kind blob; do
    [ "$name" != "$vm" ] || fingerprint "$kind" "$blob"
  done | tr '\n' ' ')
  row "$vm" "${tool:--}" "${domain:--}" "${hosts:--}" "${base:--}" "${print:-no key}"
}

main() {
  need_root
  find_account
  [ "$for_programs" = yes ] || row VM TOOL DOMAIN HOSTS BASE KEY
  guests | while read -r each; do list_guest "$each"; done
}
