echo "hello ${WORD:-you}"
