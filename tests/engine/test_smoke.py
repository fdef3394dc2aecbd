async def test_plain(lab):
    ran = await lab.run("""
    - shell: echo hi > a.txt && git add a.txt && git commit -qm one
    - shell: "echo last: ${last.exit_code}"
    """, merge="yes")
    print(ran.state.status, ran.state.landing, ran.said(), ran.steps())
    assert ran.state.status == "succeeded"

async def test_map(lab):
    ran = await lab.run("""
    setup:
      - shell: printf '["a","b","c"]' > items.json
    map:
      input: items.json
      id_field: ''
      agent_template:
        - shell: echo ${item} > ${item}.txt && git add ${item}.txt && git commit -qm ${item}
    reduce:
      - shell: ls *.txt
    """.replace("      id_field: ''\n",""), merge="yes")
    print(ran.state.status, ran.state.landing, ran.said("reduce"), ran.statuses(), ran.state.message)
    assert ran.state.status == "succeeded"
