"""EchoVLM: measurement-grounded vision-language learning for echocardiography."""
